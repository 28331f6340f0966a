using System.Globalization;
using TurkishLlm.Bench;
using TurkishLlm.Kernels;
using TurkishLlm.Kernels.Native;
using TurkishLlm.Model.Layers;
using TurkishLlm.Plans;

// First of all, before anything touches a tensor.
TorchLibrary.Load();
return args switch
{
    [.., "--help" or "-h"] => Usage(),
    ["parity", .. var rest] => Parity.Run(rest is [var preset, ..] ? preset : "v1"),
    ["step", .. var rest] => StepTime.Run(rest is [var preset, ..] ? preset : "v1"),
    ["step-worker", var preset, var compute, var kernels] => StepTime.RunWorker(preset, Enum.Parse<ComputeType>(compute), Enum.Parse<FusedKernels>(kernels)),
    ["memory", .. var rest] => MemoryAccuracy.Run(rest is [var steps] ? int.Parse(steps, CultureInfo.InvariantCulture) : 3),
    ["memory-worker", var steps, .. var words] => MemoryAccuracy.RunWorker(int.Parse(steps, CultureInfo.InvariantCulture), words),
    ["train", "--losses", var steps, .. var rest] => TrainStep.CompareLosses(rest is [var preset, ..] ? preset : "v1", int.Parse(steps, CultureInfo.InvariantCulture)),
    ["train", .. var rest] => TrainStep.Run(rest is [var preset, ..] ? preset : "v1", rounds: 5),
    ["train-worker-step", var weights, var tokens, var rows, var length, var threads, var compute] => TrainStep.RunWorker(
        weights, tokens, int.Parse(rows, CultureInfo.InvariantCulture), int.Parse(length, CultureInfo.InvariantCulture),
        int.Parse(threads, CultureInfo.InvariantCulture), Enum.Parse<ComputeType>(compute)),
    ["gpu", .. var rest] => GpuStep.Run(rest),
    ["gpu-worker-step", var weights, var batches, var rows, var device] => GpuWorker.RunWorker(weights, batches, int.Parse(rows, CultureInfo.InvariantCulture), Device(device)),
    ["gpu-worker-peaks", var device, var size, var bytes] => GpuWorker.MeasurePeaks(Device(device), long.Parse(size, CultureInfo.InvariantCulture), long.Parse(bytes, CultureInfo.InvariantCulture)),
    ["encode", var corpus, var models] => EncodeSpeed.Run(corpus, models),
    ["encode-worker", var corpus, var models] => EncodeSpeed.RunWorker(corpus, models),
    ["train-tokenizer", var corpus, var heldOut, var models] => TokenizerTraining.Run(corpus, heldOut, models),
    ["train-worker", var corpus, var models, var threads] => TokenizerTraining.RunWorker(corpus, models, int.Parse(threads, CultureInfo.InvariantCulture)),
    ["interchange", var text, var models] => HuggingFaceTokenizerParity.Run(text, models),
    ["prepare", var corpus, var tokenizer, .. var rest] => PrepareCorpus.Run(corpus, tokenizer, rest is [var gigabytes] ? gigabytes : "2"),
    ["masks", var models, var conversations, .. var rest] => LossMaskParity.Run(models, conversations, rest is [var rows] ? rows : "1000"),
    ["packing", var models, var conversations, .. var rest] => PackingSpeed.Run(models, conversations, rest is [var steps] ? steps : "12"),
    ["allreduce", .. var rest] => AllReduce.Run(rest),
    ["allreduce-worker", var megabytes] => AllReduce.RunWorker(int.Parse(megabytes, CultureInfo.InvariantCulture)),
    _ => Usage(),
};

static DeviceChoice Device(string text) => DeviceChoice.TryParse(text, out var device) ? device : throw new ArgumentException($"{text} is not a device.");

static int Usage()
{
    Console.Error.WriteLine("""
        usage: ./run bench NAME

          parity [v1|v2]   logits, loss and every gradient of the full model against PyTorch with the same weights
          train [--losses STEPS] [v1|v2]
                           whole training steps in alternation with PyTorch's of the same model, as installed and tuned;
                           or the losses of the first steps of both
          gpu [v1|v2|all] [--only v1-512|v1-2048|v2-2048|sft-v1] [--rounds N] [--steps N] [--python "WORDS"]
              [--device cpu] [--quick]
                           whole training steps in bfloat16 on an NVIDIA device, ours and PyTorch's, eager and compiled:
                           tokens a second, memory, shares of the measured peaks; --quick is tiny, to try the benchmark itself
          step [v1|v2]     seconds of one training step with each kernel switched off in turn, with the memory it took
          memory [STEPS]   forecasts of memory against measured peaks, after as many steps (3)
          train-tokenizer CORPUS HELD-OUT MODELS
                           64,000 tokens from a corpus against SentencePiece, and tokens per word on held-out text;
                           leaves both tokenizers in MODELS
          encode CORPUS MODELS
                           MB/s on one core against SentencePiece and tiktoken, with the tokenizers of MODELS
          allreduce [MB] [PROCESSES]
                           milliseconds in which processes of this machine add up a tensor (99 MB, 2) by Open MPI, a number
                           and short texts; and after which the others know that one was killed
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
