using System.Globalization;
using TurkishLlm.Bench;

return args switch
{
    ["parity", .. var rest] => Parity.Run(rest is [var preset, ..] ? preset : "v1"),
    ["step", .. var rest] => StepTime.Run(rest is [var preset, ..] ? preset : "v1"),
    ["encode", var corpus, var models] => EncodeSpeed.Run(corpus, models),
    ["encode-worker", var corpus, var models] => EncodeSpeed.Work(corpus, models),
    ["train-tokenizer", var corpus, var heldOut, var models] => TokenizerTraining.Run(corpus, heldOut, models),
    ["train-worker", var corpus, var models, var threads] => TokenizerTraining.Work(corpus, models, int.Parse(threads, CultureInfo.InvariantCulture)),
    ["interchange", var text, var models] => Interchange.Run(text, models),
    ["prepare", var corpus, var tokenizer, .. var rest] => PrepareCorpus.Run(corpus, tokenizer, rest is [var gigabytes] ? gigabytes : "2"),
    ["masks", var models, var conversations, .. var rest] => Masks.Run(models, conversations, rest is [var rows] ? rows : "1000"),
    ["packing", var models, var conversations, .. var rest] => Packing.Run(models, conversations, rest is [var steps] ? steps : "12"),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        usage: ./run bench NAME

          parity [v1|v2]   logits, loss and every gradient of the full model against PyTorch with the same weights
          step [v1|v2]     seconds of one training step, with the memory it took
          train-tokenizer CORPUS HELD-OUT MODELS
                           64,000 tokens from a corpus against SentencePiece, and tokens per word on held-out text;
                           leaves both tokenizers in MODELS
          encode CORPUS MODELS
                           MB/s on one core against SentencePiece and tiktoken, with the tokenizers of MODELS
          interchange TEXT TOKENIZER
                           our ids against @huggingface/tokenizers, line by line
          masks TOKENIZER CONVERSATIONS [ROWS]
                           which tokens of conversations are learned, against a mask writer in Python, on 1,000 rows
          packing TOKENIZER CONVERSATIONS [STEPS]
                           learned tokens a second of fine-tuning v1, packed and padded
          prepare CORPUS TOKENIZER [GB]
                           corpus preparation: megabytes a second and the funnel of CORPUS, then as many gigabytes (2) made of it
        """);
    return 2;
}
