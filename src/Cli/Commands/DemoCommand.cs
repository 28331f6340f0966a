using System.CommandLine;
using System.Diagnostics;
using TurkishLlm.Data;
using TurkishLlm.Model;
using TurkishLlm.Tokenization;
using TurkishLlm.Training;

namespace TurkishLlm.Cli.Commands;

/// <summary><c>turkishllm demo</c>: the whole pipeline, from text to a model that writes.</summary>
internal static class DemoCommand
{
    private static string Beside(params string[] parts) => Path.Combine([AppContext.BaseDirectory, .. parts]);

    public static Command Create(Display display)
    {
        var corpus = new Option<string>("--corpus") { Description = "A folder of .txt files; without it, the text that comes with the program." };
        var preset = new Option<string>("--preset") { Description = "toy, or v1 for the full model.", DefaultValueFactory = _ => "toy" };
        preset.AcceptOnlyFromAmong("toy", "v1");
        var steps = new Option<int?>("--steps") { Description = "Steps to train; without it, those of the preset." };
        var vocabulary = new Option<int?>("--vocabulary", "-v") { Description = "Number of tokens; without it, that of the preset. A short text gives fewer." };
        var run = new Option<string>("--run") { Description = "Folder for everything; without it, runs/demo-PRESET." };
        var resume = new Option<bool>("--resume") { Description = "Go on with the run that is there, instead of beginning anew." };
        var command = new Command("demo", "From text to a model that answers: tokenizer, shards, gate, pretraining, generation, fine-tuning.") { corpus, preset, steps, vocabulary, run, resume };
        command.SetAction((parsed, cancel) => Task.FromResult((int)Run(
            display, parsed.GetValue(corpus) ?? Beside("fixtures", "text"), parsed.GetRequiredValue(preset), parsed.GetValue(steps), parsed.GetValue(vocabulary),
            Path.GetFullPath(parsed.GetValue(run) ?? Path.Combine("runs", $"demo-{parsed.GetRequiredValue(preset)}")), parsed.GetValue(resume), cancel)));
        return command;
    }

    private static ExitCode Run(Display display, string corpus, string preset, int? steps, int? vocabulary, string folder, bool resume, CancellationToken cancel)
    {
        var started = Stopwatch.GetTimestamp();
        var (tokenizerFolder, shards) = (Path.Combine(folder, "tokenizer"), Path.Combine(folder, "shards"));
        var plan = Plan(preset, steps, vocabulary, folder, tokenizerFolder, shards);
        if (!resume) RefuseOtherContents(plan.RunFolder);
        if (!resume) RefuseOtherContents(Path.Combine(folder, "sft"));

        display.Heading("Tokenizer");
        var tokenizer = resume && Directory.Exists(tokenizerFolder)
            ? Tokenizer.Load(tokenizerFolder)
            : TokenizerCommand.Train(display, corpus, tokenizerFolder, new BytePairOptions(plan.Model.VocabSize, CountsFolder: ""), cancel);
        const string sentence = "Ankara'daki fabrikada kablolar sarılıyordu.";
        display.Line($"{sentence} → {string.Join(" | ", tokenizer.EncodeToIds(sentence).Select(id => tokenizer.Decode([id])))}");

        display.Heading("Shards");
        DataCommand.Prepare(display, tokenizer, new CorpusOptions(corpus, shards, validationShare: preset == "toy" ? 0.05 : 0.01, overwrite: !resume)
        {
            Workers = Environment.ProcessorCount,
        }, cancel);

        if (!resume && Directory.Exists(plan.RunFolder)) Directory.Delete(plan.RunFolder, recursive: true);
        var code = TrainCommand.Run(display, plan, resume, cancel);
        if (code != ExitCode.Done) return code;

        var tuning = TuningPlan(plan, steps, Path.Combine(folder, "sft"));
        if (!resume && Directory.Exists(tuning.RunFolder)) Directory.Delete(tuning.RunFolder, recursive: true);
        code = TrainCommand.Run(display, tuning, resume, cancel);
        if (code != ExitCode.Done) return code;

        display.Heading("Generation");
        foreach (var prompt in plan.Samples.Prompts)
            GenerateCommand.Generate(display, plan.RunFolder, prompt, chat: false, new SamplingOptions
            {
                MaxTokens = 60, Seed = plan.Seed, StopIds = SpecialTokens.DocumentBorders,
            }, cancel);

        display.Heading("Answers");
        foreach (var question in Questions)
        {
            display.Output.Write($"{question} → ");
            GenerateCommand.Generate(display, tuning.RunFolder, question, chat: true, SamplingOptions.Greedy(60) with { StopIds = ChatTemplate.StopIds }, cancel);
        }
        display.Line();
        display.Good($"Done in {Show.Time(Stopwatch.GetElapsedTime(started).TotalSeconds)}. Ask for more: {display.Program} generate {Show.Word(tuning.RunFolder)} \"{Questions[^1]}\" --chat");
        return ExitCode.Done;
    }

    private static readonly string[] Questions = ["Telbis nedir?", "İş emri nasıl açılır?", "Fire nedir?"];

    // The conversations that come with the program, for whatever model was pretrained.
    private static TrainingPlan TuningPlan(TrainingPlan pretrained, int? steps, string folder)
    {
        var checkpoint = RunFolder.Existing(pretrained.RunFolder);
        var plan = TrainingPlan.Load(Beside("configs", "sft-toy.yaml"), [], AppContext.BaseDirectory);
        plan = ITrainingData.Settle(plan with
        {
            Name = $"{pretrained.Name}-sft",
            RunFolder = folder,
            Model = pretrained.Model,
            Data = pretrained.Data,
            Device = pretrained.Device,
            ComputeType = pretrained.ComputeType,
            Threads = pretrained.Threads,
            Start = new StartPlan(checkpoint.CheckpointFolder(checkpoint.LatestCheckpointStep()!.Value)),
        });
        return steps < plan.Training.Steps ? plan with { Training = plan.Training with { Epochs = null, Steps = steps.Value } } : plan;
    }

    // The demo begins anew by deleting its own run; it must not delete anybody else's files.
    private static void RefuseOtherContents(string runFolder)
    {
        if (File.Exists(runFolder)) throw new IOException($"{runFolder} is a file, but the demo writes its run there. Give another folder with --run.");
        if (Directory.Exists(runFolder) && Directory.EnumerateFileSystemEntries(runFolder).Any() && !File.Exists(Path.Combine(runFolder, "plan.yaml")))
            throw new IOException($"{runFolder} holds files that are not a run's, and the demo would replace them. Give another folder with --run.");
    }

    // A processor cannot hold 65,536 tokens of logits at once, and would need minutes for each step.
    private static TrainingPlan Plan(string preset, int? steps, int? vocabulary, string folder, string tokenizer, string shards)
    {
        List<string> overrides = [$"name=demo-{preset}", $"run={Path.Combine(folder, "run")}", $"data.tokenizer={tokenizer}", $"data.shards={shards}"];
        if (steps is { } n)
        {
            if (n < 2) throw new ConfigurationException($"--steps is {n}; a run has at least 2, one to warm up and one to end.");
            overrides.AddRange([
                $"training.steps={n}", $"optimizer.warmup_steps={Math.Clamp(n / 10, 1, 500)}",
                $"evaluation.every={Math.Max(1, n / 4)}", $"samples.every={Math.Max(1, n / 2)}", $"checkpoints.every={Math.Max(1, n / 2)}",
                $"log_every={Math.Max(1, n / 20)}",
            ]);
        }
        if (vocabulary is { } size) overrides.Add($"model.vocab_size={size}");
        if (preset == "v1")
        {
            overrides.Add("device=auto");
            if (TorchSharp.torch.cuda.device_count() == 0) overrides.AddRange(["training.batch_size=4", "compute=float32", "evaluation.windows=16"]);
        }
        var file = Beside("configs", preset == "v1" ? "v1-r1.yaml" : "toy.yaml");
        return TrainingPlan.Load(file, overrides, Directory.GetCurrentDirectory());
    }
}
