# The workflow is workflow/Snakefile, where other workflows and their catalog look for it; this file is
# for who looks here.


include: "workflow/Snakefile"


# Of a file that is included the default target does not count.
rule everything:
    default_target: True
    input:
        rules.all.input,
