using System.Globalization;
using TurkishLlm.Bench;
using TurkishLlm.Kernels;
using TurkishLlm.Kernels.Native;
using TurkishLlm.Model.Layers;
using TurkishLlm.Plans;

// Must come first, before the first tensor.
TorchLibrary.Load();
return args switch
{
    [.., "--help" or "-h"] => Usage(),
    ["parity", .. var rest] => Parity.Run(rest is [var preset, ..] ? preset : "v1"),
    ["step", .. var rest] => StepTime.Run(rest is [var preset, ..] ? preset : "v1"),
    ["step-worker", var preset, var compute, var kernels] => StepTime.RunWorker(
        preset, Enum.Parse<ComputeType>(compute),
        Enum.Parse<FusedKernels>(kernels)),
    ["checkpointing", .. var rest] => ActivationCheckpoints.Run(
        rest is [var preset, ..] ? preset : "v1", rest is [_, var steps] ? int.Parse(steps, CultureInfo.InvariantCulture) : 5),
    ["checkpointing-worker", var preset, var length, var steps, var kept] => ActivationCheckpoints.RunWorker(
        preset, int.Parse(length, CultureInfo.InvariantCulture), int.Parse(steps, CultureInfo.InvariantCulture),
        recomputes: kept == "blocks"),
    ["levers", var tokenizer, var shards, .. var rest] => new TrainingLevers(
        tokenizer, shards, rest is [var minutes, ..] ? double.Parse(minutes, CultureInfo.InvariantCulture) : 30)
        .Run(rest is [_, var seeds] ? int.Parse(seeds, CultureInfo.InvariantCulture) : 1),
    ["memory", .. var rest] => MemoryAccuracy.Run(rest is [var steps] ? int.Parse(steps, CultureInfo.InvariantCulture) : 3),
    ["memory-worker", var steps, .. var words] => MemoryAccuracy.RunWorker(int.Parse(steps, CultureInfo.InvariantCulture), words),
    ["train", "--losses", var steps, .. var rest] => TrainStep.CompareLosses(
        rest is [var preset, ..] ? preset : "v1",
        int.Parse(steps, CultureInfo.InvariantCulture)),
    ["train", .. var rest] => TrainStep.Run(rest is [var preset, ..] ? preset : "v1", rounds: 5),
    ["train-worker-step", var weights, var tokens, var rows, var length, var threads, var compute] => TrainStep.RunWorker(
        weights, tokens, int.Parse(rows, CultureInfo.InvariantCulture), int.Parse(length, CultureInfo.InvariantCulture),
        int.Parse(threads, CultureInfo.InvariantCulture), Enum.Parse<ComputeType>(compute)),
    ["gpu", .. var rest] => GpuStep.Run(rest),
    ["gpu-worker-step", var weights, var batches, var rows, var device] => GpuWorker.RunWorker(
        weights, batches, int.Parse(rows, CultureInfo.InvariantCulture),
        Device(device)),
    ["gpu-worker-peaks", var device, var size, var bytes] => GpuWorker.MeasurePeaks(
        Device(device), long.Parse(size, CultureInfo.InvariantCulture),
        long.Parse(bytes, CultureInfo.InvariantCulture)),
    ["encode", var corpus, var models] => EncodeSpeed.Run(corpus, models),
    ["encode-worker", var corpus, var models, var encoder] => EncodeSpeed.RunWorker(corpus, models, encoder),
    ["train-tokenizer", var corpus, var heldOut, var models] => TokenizerTraining.Run(corpus, heldOut, models),
    ["train-worker", var corpus, var models, var threads] => TokenizerTraining.RunWorker(
        corpus, models,
        int.Parse(threads, CultureInfo.InvariantCulture)),
    ["tokenizer-parity", var text, var models] => HuggingFaceTokenizerParity.Run(text, models),
    ["ml-tokenizer-parity", var text, var models] => MLTokenizerPeers.Compare(text, models),
    ["split-rules", var corpus, var heldOut, var folder, .. var rest] => SplitRules.Run(corpus, heldOut, folder, rest),
    ["split-rule-worker", var tokenizer, var corpus, var heldOut, var megabytes, var seed] => SplitRuleModel.RunWorker(
        tokenizer, corpus, heldOut, double.Parse(megabytes, CultureInfo.InvariantCulture),
        int.Parse(seed, CultureInfo.InvariantCulture)),
    ["prepare", var corpus, var tokenizer, .. var rest] => PrepareCorpus.Run(
        corpus, tokenizer, rest is [var gigabytes] ? gigabytes : "2"),
    ["loss-mask-parity", var models, var conversations, .. var rest] => LossMaskParity.Run(
        models, conversations, rest is [var rows] ? rows : "1000"),
    ["packing", var models, var conversations, .. var rest] => PackingSpeed.Run(
        models, conversations, rest is [var steps] ? steps : "12"),
    ["gguf", var model, var text, .. var rest] => GgufComparison.Run(
        model, text, rest is [var windows] ? int.Parse(windows, CultureInfo.InvariantCulture) : 16),
    ["serve", var model, .. var rest] => await ServeLoad.RunAsync(
        model, rest is [var seconds] ? int.Parse(seconds, CultureInfo.InvariantCulture) : 20),
    ["decode", var model, .. var rest] => DecodeSpeed.Run(
        model, rest is [var rounds] ? int.Parse(rounds, CultureInfo.InvariantCulture) : 9),
    ["tools", .. var rest] => await ToolAnswers.RunAsync(
        rest is [var rows, ..] ? int.Parse(rows, CultureInfo.InvariantCulture) : 3000,
        rest is [_, var epochs] ? int.Parse(epochs, CultureInfo.InvariantCulture) : 8),
    ["allreduce", .. var rest] => AllReduce.Run(rest),
    ["allreduce-worker", var megabytes] => AllReduce.RunWorker(int.Parse(megabytes, CultureInfo.InvariantCulture)),
    _ => Usage(),
};

static DeviceChoice Device(string text) =>
    DeviceChoice.TryParse(text, out var device) ? device : throw new ArgumentException($"{text} is not a device.");

static int Usage()
{
    Console.Error.WriteLine("""
        usage: ./run bench NAME

          parity [v1|v2]   compare logits, loss and all gradients of the full model with PyTorch, with the same weights
          train [--losses STEPS] [v1|v2]
                           compare full training steps with PyTorch, as installed and tuned, in alternation;
                           with --losses, compare the losses of the first steps
          gpu [v1|v2|all] [--only v1-512|v1-2048|v2-2048|sft-v1] [--rounds N] [--steps N] [--python "WORDS"]
              [--device cpu] [--quick]
                           compare full training steps in bfloat16 on a CUDA device with PyTorch, eager and compiled:
                           tokens/s, memory, share of the measured peaks; --quick is a tiny run that tests the benchmark
          step [v1|v2]     measure seconds and memory of one training step with each fused kernel switched off in turn
          checkpointing [v1|v2|narrow] [STEPS]
                           measure memory and seconds of a step at 1 × 2048 and 1 × 8192 with and without activation
                           checkpointing, and compare the bits of all gradients (default: v1, 5 steps)
          levers TOKENIZER SHARDS [MINUTES] [SEEDS]
                           compare the validation loss of v1 after equal time with AdamW and Muon, the schedules cosine and wsd,
                           and the average of the weights (default: 30 minutes a run, 1 seed; four runs a seed)
          memory [STEPS]   compare memory estimates with the measured peaks after STEPS steps (default: 3)
          train-tokenizer CORPUS HELD-OUT MODELS
                           compare training of 64,000 tokens with SentencePiece, and tokens per word on held-out text;
                           writes both tokenizers to MODELS
          encode CORPUS MODELS
                           compare encoding in MB/s on one core with Microsoft.ML.Tokenizers, SentencePiece and tiktoken, with the
                           tokenizers of MODELS
          gguf MODEL TEXT [WINDOWS]
                           compare an exported model with its GGUF exports in llama.cpp: greedy text of 200 prompts, logits, and
                           bits per byte of TEXT (default: 16 windows)
          serve MODEL [SECONDS]
                           put the server under load over HTTP with an exported model: requests and tokens per second, time to
                           the first token and memory with 1, 8 and 32 clients, SECONDS each (default: 20)
          decode v1|v2|MODEL [ROUNDS]
                           compare decoding (1 and 8 streams) and prefill on the CPU with llama.cpp, with the same weights in
                           float32, bfloat16 and 8 bits, 1 and 2 threads, in alternation (default: 9 rounds)
          tools [ROWS] [EPOCHS]
                           train a small model to add by calling the calculator, and measure the share of right answers to
                           unseen sums with the tool and without it (default: 3,000 rows with calls and a third as many without,
                           8 epochs)
          allreduce [MB] [PROCESSES]
                           measure the all-reduce of a tensor (default: 99 MB, 2 processes), a number and short texts over
                           Open MPI in milliseconds, and the time to detect a killed process
          tokenizer-parity TEXT TOKENIZER
                           compare token ids with @huggingface/tokenizers, line by line
          ml-tokenizer-parity TEXT TOKENIZER
                           compare token ids with BpeTokenizer and TiktokenTokenizer of Microsoft.ML.Tokenizers, line by line
          split-rules CORPUS HELD-OUT FOLDER [--vocabulary N] [--model-vocabulary N] [--megabytes M] [--seeds S]
                           compare the split rules: train a tokenizer by each rule on CORPUS (default: 16,384 tokens; kept in
                           FOLDER), measure it on the files of HELD-OUT; apply each rule of llama.cpp to the tokenizer of the
                           rule for Turkish; train a small model by each rule on M megabytes (default: 2, vocabulary 4,096) and
                           measure bits per byte
          loss-mask-parity TOKENIZER CONVERSATIONS [ROWS]
                           compare the loss masks of conversations with a Python implementation (default: 1,000 rows)
          packing TOKENIZER CONVERSATIONS [STEPS]
                           measure supervised tokens/s of fine-tuning v1, packed and padded
          prepare CORPUS TOKENIZER [GB]
                           measure corpus preparation in MB/s, with the filter counts, on CORPUS and on GB gigabytes made from
                           it (default: 2)
        """);
    return 2;
}
