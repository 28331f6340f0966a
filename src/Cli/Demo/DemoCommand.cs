using System.CommandLine;
using System.Diagnostics;
using TurkishLlm.Cli.Chat;
using TurkishLlm.Cli.Data;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Synthesis;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Cli.Tokenization;
using TurkishLlm.Cli.Training;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Data.Retrieval;
using TurkishLlm.Files;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Building;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training.Objectives;

namespace TurkishLlm.Cli.Demo;

/// <summary><c>turkishllm demo</c>: runs the whole pipeline, from text to a model that answers questions.</summary>
internal static class DemoCommand
{
    private static string GetBundledPath(params string[] parts) => Path.Combine([AppContext.BaseDirectory, .. parts]);

    public static Command Create(Display display)
    {
        var corpus = new Option<string>("--corpus")
        {
            Description = "Folder of .txt files (default: the text bundled with the program).",
        };
        var preset = new Option<string>("--preset")
        {
            Description = "Model size: toy, or v1 for the full 24.7M model.", DefaultValueFactory = _ => "toy",
        };
        preset.AcceptOnlyFromAmong("toy", "v1");
        var steps = new Option<int?>("--steps") { Description = "Number of pretraining steps (default: from the preset)." };
        var vocabulary = new Option<int?>("--vocab-size", "-v")
        {
            Description = "Vocabulary size (default: from the preset). Short texts give a smaller vocabulary.",
        };
        var run = new Option<string>("--run") { Description = "Output folder (default: runs/demo-PRESET)." };
        var resume = new Option<bool>("--resume") { Description = "Resume an interrupted demo instead of starting again." };
        var command = new Command(
            "demo", "Run the whole pipeline: tokenizer, shards, gate, pretraining, synthesis, fine-tuning, generation.")
        {
            corpus, preset, steps, vocabulary, run, resume,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            display,
            parsed.GetValue(corpus) ?? GetBundledPath("fixtures", "text"), parsed.GetRequiredValue(preset),
            parsed.GetValue(steps), parsed.GetValue(vocabulary),
            Path.GetFullPath(parsed.GetValue(run) ?? Path.Combine("runs", $"demo-{parsed.GetRequiredValue(preset)}")),
            parsed.GetValue(resume), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        Display display, string corpus, string preset, int? steps, int? vocabulary, string folder, bool resume,
        CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var (tokenizerFolder, shards) = (Path.Combine(folder, "tokenizer"), Path.Combine(folder, "shards"));
        var plan = CreatePlan(preset, steps, vocabulary, folder, tokenizerFolder, shards);
        if (!resume) ThrowIfNotRunFolder(plan.RunFolder);
        if (!resume) ThrowIfNotRunFolder(Path.Combine(folder, "sft"));

        display.WriteHeading("Tokenizer");
        var tokenizer = resume && Directory.Exists(tokenizerFolder)
            ? Tokenizer.Load(tokenizerFolder)
            : TokenizerCommand.Train(
                display, [new("corpus", corpus)], tokenizerFolder, new BytePairOptions(plan.Model.VocabSize, CountsFolder: ""),
                cancellationToken);
        const string sentence = "Ankara'daki fabrikada kablolar sarılıyordu.";
        display.WriteLine(
            $"{sentence} → " + $"{string.Join(" | ", tokenizer.EncodeToIds(sentence).Select(id => tokenizer.Decode([id])))}");

        display.WriteHeading("Shards");
        DataCommand.Prepare(
            display, tokenizer,
            new CorpusOptions(corpus, shards, validationShare: preset == "toy" ? 0.05 : 0.01, overwrite: !resume)
        {
            Workers = Environment.ProcessorCount,
        }, cancellationToken);

        if (!resume && Directory.Exists(plan.RunFolder)) Directory.Delete(plan.RunFolder, recursive: true);
        var code = TrainCommand.Run(display, plan, resume, cancellationToken);
        if (code != ExitCode.Success) return (int)code;

        var documentation = new SynthesisFolder(Path.Combine(folder, "synth"));
        if (
            await SynthDemoCommand.MakeRowsAsync(
                display, documentation, tokenizerFolder, new() { Budget = Budget }, cancellationToken)
            is not (int)ExitCode.Success
                and var failed)
            return failed;

        var tuning = CreateFineTuningPlan(
            plan, steps, Path.Combine(folder, "sft"), Path.Combine(documentation.Rows, "v2"));
        if (!resume && Directory.Exists(tuning.RunFolder)) Directory.Delete(tuning.RunFolder, recursive: true);
        code = TrainCommand.Run(display, tuning, resume, cancellationToken);
        if (code != ExitCode.Success) return (int)code;

        display.WriteHeading("Generation");
        using var continuing = TrainedModel.Open(ModelPath.Find(plan.RunFolder), TorchSharp.torch.CPU);
        foreach (var prompt in plan.Samples.Prompts)
            GenerateCommand.Generate(display, continuing, prompt, chat: false, new SamplingOptions
            {
                MaxTokens = 60, Seed = plan.Seed, StopIds = SpecialTokens.DocumentBorders,
            }, cancellationToken);

        display.WriteHeading("Answers");
        var tuned = ModelPath.Find(tuning.RunFolder);
        CheckpointOption.Announce(tuned, display.Output);
        using var answering = TrainedModel.Open(tuned, TorchSharp.torch.CPU);
        foreach (var question in Questions)
        {
            display.Output.Write($"{question} → ");
            GenerateCommand.Generate(
                display, answering, question, chat: true, SamplingOptions.Greedy(60) with
                {
                    StopIds = ChatTemplate.StopIds,
                },
                cancellationToken);
        }
        display.WriteHeading("Answers from documents");
        AnswerFromDocuments(display, answering, cancellationToken);
        display.WriteLine();
        display.WriteSuccess(
            $"Done in {Format.Duration(Stopwatch.GetElapsedTime(started).TotalSeconds)}. Chat with the model: "
                + $"{display.Program} chat {Format.ShellQuote(tuning.RunFolder)} --docs "
                + $"{Format.ShellQuote(SynthDemoCommand.Documentation)} --passages {Budget.Passages} --max-tokens "
                + Format.Invariant($"{Budget.AnswerTokens}"));
        return (int)ExitCode.Success;
    }

    private static readonly string[] Questions = ["Telbis nedir?", "İş emri nasıl açılır?", "Fire nedir?"];

    // The first two are asked about the page that is taught more often; the last one has no answer in the documentation.
    private static readonly string[] DocumentQuestions =
    [
        "Temiz PVC ile XLPE firesi nasıl değerlendirilir?",
        "İş emrinin fire oranı hangi değeri aşınca amire bildirim gider?", "Ankara'da bugün hava nasıl?",
    ];

    private const string TaughtPage = "tr/uretim/fire#";

    // Two passages, the question and the answer: what the toy can read in a reasonable time.
    private static RetrievalBudget Budget { get; } = new(ContextLength: 320, Passages: 2, AnswerTokens: 60);

    // So small a model learns answers by heart, so the questions about one page come twelve times in an epoch.
    private static IReadOnlyList<SftSource> CreateDocumentSources(string rows)
    {
        var (train, taught) = (Path.Combine(rows, "train.jsonl"), Path.Combine(rows, "taught.jsonl"));
        var isTaught = $"\"source\":\"{TaughtPage}";
        AtomicFile.WriteLines(
            taught, TextFile.ReadLines(train).Where(line => line.Contains(isTaught, StringComparison.Ordinal)));
        return [new("taught", taught, Weight: 12), new("documentation", train, Weight: 0.4)];
    }

    private static void AnswerFromDocuments(Display display, TrainedModel trained, CancellationToken cancellationToken)
    {
        using var decoder = trained.CreateDecoder();
        using var model = new ChatModel(decoder, trained.Tokenizer, trained.LoadChatTemplate());
        var retriever = ContextRetriever.Open(
            [], SynthDemoCommand.Documentation, model, Budget.AnswerTokens, Budget.Passages);
        foreach (var question in DocumentQuestions)
        {
            var session = new ChatSession(model, SamplingOptions.Greedy(Budget.AnswerTokens))
            {
                SystemPrompt = SftBuilder.RagSystem,
            };
            var terminal = new ChatTerminal(TextReader.Null, isInteractive: false);
            retriever.Reset();
            display.WriteLine($"> {question}");
            new ChatLoop(display, display.Output, terminal, model, session, retriever).Ask(question, cancellationToken);
        }
    }

    // Fine-tunes the pretrained model on the bundled conversations, and on questions with passages of the bundled documentation.
    private static TrainingPlan CreateFineTuningPlan(TrainingPlan pretrained, int? steps, string folder, string rows)
    {
        var checkpoint = SelectedCheckpoint.Select(RunFolder.OpenExisting(pretrained.RunFolder), CheckpointChoice.Best)!;
        var plan = TrainingPlan.Load(GetBundledPath("configs", "sft-toy.yaml"), [], AppContext.BaseDirectory);
        plan = ITrainingData.ResolveSteps(plan with
        {
            Name = $"{pretrained.Name}-sft",
            RunFolder = folder,
            Model = pretrained.Model.With(maxSeqLen: Math.Max(pretrained.Model.MaxSeqLen, Budget.ContextLength)),
            Data = pretrained.Data,
            Device = pretrained.Device,
            ComputeType = pretrained.ComputeType,
            Threads = pretrained.Threads,
            Sft = plan.Sft! with
            {
                Sources = [.. plan.Sft.Sources, .. CreateDocumentSources(rows)],
                Validation = [Path.Combine(rows, "validation.jsonl")],
            },
            Training = plan.Training with { SequenceLength = Budget.ContextLength, MicroBatchSize = 2 },
            WarmStart = new WarmStartPlan(checkpoint.Folder),
        });
        return steps < plan.Training.Steps
            ? plan with
            {
                Training = plan.Training with { Epochs = null, Steps = steps.Value },
            }
            : plan;
    }

    // A new demo deletes the run of the previous one; it must not delete other files.
    private static void ThrowIfNotRunFolder(string runFolder)
    {
        if (File.Exists(runFolder))
            throw new IOException(
                $"{runFolder} is a file, but the demo needs a folder of this name. Choose another one with --run.");
        if (
            Directory.Exists(runFolder)
            && Directory.EnumerateFileSystemEntries(runFolder).Any()
            && !File.Exists(Path.Combine(runFolder, "plan.yaml")))
            throw new IOException(
                $"{runFolder} contains files that do not belong to a run, and the demo would replace them. Choose "
                    + "another folder with --run.");
    }

    // On a CPU, a micro-batch of 65,536 tokens needs too much memory for logits and minutes per step.
    private static TrainingPlan CreatePlan(
        string preset, int? steps, int? vocabulary, string folder, string tokenizer, string shards)
    {
        List<string> overrides =
        [
            $"name=demo-{preset}", $"run={Path.Combine(folder, "run")}", $"data.tokenizer={tokenizer}", $"data.shards={shards}",
        ];
        if (steps is { } n)
        {
            if (n < 2) throw new ConfigurationException($"--steps is {n}; it must be at least 2 (one warmup step and one more).");
            overrides.AddRange([
                $"training.steps={n}", $"optimizer.warmup_steps={Math.Clamp(n / 10, 1, 500)}",
                $"evaluation.every={Math.Max(1, n / 4)}",
                $"samples.every={Math.Max(1, n / 2)}", $"checkpoints.every={Math.Max(1, n / 2)}",
                $"log_every={Math.Max(1, n / 20)}",
            ]);
        }
        if (vocabulary is { } size) overrides.Add($"model.vocab_size={size}");
        if (preset == "v1")
        {
            overrides.Add("device=auto");
            if (TorchSharp.torch.cuda.device_count() == 0)
                overrides.AddRange(["training.micro_batch_size=4", "compute_dtype=float32", "evaluation.windows=16"]);
        }
        var file = GetBundledPath("configs", preset == "v1" ? "v1-r1.yaml" : "toy.yaml");
        return TrainingPlan.Load(file, overrides, Directory.GetCurrentDirectory());
    }
}
