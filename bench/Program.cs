using TurkishLlm.Bench;

return args switch
{
    ["parity", .. var rest] => Parity.Run(rest is [var preset, ..] ? preset : "v1"),
    ["step", .. var rest] => StepTime.Run(rest is [var preset, ..] ? preset : "v1"),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        usage: ./run bench NAME

          parity [v1|v2]   logits, loss and every gradient of the full model against PyTorch with the same weights
          step [v1|v2]     seconds of one training step, with the memory it took
        """);
    return 2;
}
