using TurkishLlm.Bench;

return args switch
{
    ["parity", .. var rest] => Parity.Run(rest is [var preset, ..] ? preset : "v1"),
    ["step", .. var rest] => StepTime.Run(rest is [var preset, ..] ? preset : "v1"),
    ["prepare", var corpus, var tokenizer, .. var rest] => PrepareCorpus.Run(corpus, tokenizer, rest is [var gigabytes] ? gigabytes : "2"),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        usage: ./run bench NAME

          parity [v1|v2]   logits, loss and every gradient of the full model against PyTorch with the same weights
          step [v1|v2]     seconds of one training step, with the memory it took
          prepare CORPUS TOKENIZER [GB]
                           corpus preparation: megabytes a second and the funnel of CORPUS, then as many gigabytes (2) made of it
        """);
    return 2;
}
