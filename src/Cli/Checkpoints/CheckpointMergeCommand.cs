using System.CommandLine;
using TorchSharp;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Lora;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Spec.Kernel;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training.Checkpoints;
using static TorchSharp.torch;

namespace TurkishLlm.Cli.Checkpoints;

/// <summary><c>turkishllm checkpoint merge CHECKPOINT OUT</c></summary>
internal static class CheckpointMergeCommand
{
    public static Command Create(Display display)
    {
        var source = new Argument<string>("checkpoint") { Description = "A checkpoint of a run with a section lora, or the run folder for its newest." };
        var output = new Argument<string>("out") { Description = "Folder to make: weights, configuration, tokenizer, chat template." };
        var trainedOn = new Option<string>("--base") { Description = "Checkpoint that the adapter was trained on, where it is no longer in its old place." };
        var tokenizer = new Option<string>("--tokenizer", "-t") { Description = "Folder of the tokenizer; without it, that of the run." };
        var command = new Command("merge", "Makes a whole model of an adapter and the weights it was trained on. Example: turkishllm checkpoint merge runs/sft-v1-lora models/sft-v1") { source, output, trainedOn, tokenizer };
        command.SetAction(parsed => Run(display, parsed.GetRequiredValue(source), parsed.GetRequiredValue(output), parsed.GetValue(trainedOn), parsed.GetValue(tokenizer)));
        return command;
    }

    private static void Run(Display display, string source, string output, string? trainedOn, string? tokenizerFolder)
    {
        OutputFolder.ThrowIfNotEmpty(output);
        var at = ModelPath.Find(source);
        if (!at.IsCheckpoint || !AdapterFile.Exists(at.Folder)) throw new InvalidDataException($"{at.Folder} holds a whole model, so there is nothing to merge. Make a model of it: {display.Program} checkpoint export {Format.ShellQuote(source)} {Format.ShellQuote(output)}");
        var checkpoint = Checkpoint.Open(at.Folder);
        var tokenizer = GetTokenizerFolder(at, checkpoint, tokenizerFolder);

        var file = AdapterFile.Open(checkpoint.Folder);
        var folder = trainedOn ?? file.BaseModel.Folder;
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"There is no checkpoint {folder}, on which the adapter was trained. Say where it is now: --base DIR");
        using var weights = WeightLoader.Open(folder).Load(checkpoint.Config, CPU);
        using var adapter = file.Load(weights, folder, CPU);
        using var merged = adapter.MergeInto(weights);
        RequireSameLogits(display, weights, adapter, merged);

        var template = ChatTemplate.Exists(checkpoint.Folder) ? ChatTemplate.Load(checkpoint.Folder, Tokenizer.Load(tokenizer)) : null;
        ExportedModel.Write(output, merged, tokenizer, template, ExportFormat.Safetensors);
        display.WriteSuccess($"→ {Format.RelativePaths(Path.GetFullPath(output))}, {Format.Count(merged.ElementCount, "parameter")}");
    }

    private static string GetTokenizerFolder(ModelPath at, Checkpoint checkpoint, string? folder)
    {
        folder ??= at.Run is { } run ? TrainingPlan.Load(run.PlanFile, []).Data.Tokenizer
            : throw new ConfigurationException($"{at.Folder} lies outside of its run, so its tokenizer is not known. Give it: --tokenizer DIR");
        var tokenizer = Tokenizer.Load(folder);
        if (tokenizer.Hash != checkpoint.State.TokenizerHash)
            throw new InvalidDataException($"The tokenizer in {folder} is not the one this model was trained with ({tokenizer.Hash} instead of {checkpoint.State.TokenizerHash}). Give that one: --tokenizer DIR");
        return folder;
    }

    // What is merged must compute what was trained; on random tokens, which no model knows by heart.
    private static void RequireSameLogits(Display display, ParameterTable weights, Adapter adapter, ParameterTable merged)
    {
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var trained = new LanguageModel(weights, adapter: adapter);
        using var whole = new LanguageModel(merged);
        var ids = randint(weights.Config.VocabSize, [2, Math.Min(64, weights.Config.MaxSeqLen)], generator: generator);
        var (with, without) = (trained.Forward(ids), whole.Forward(ids));
        var difference = (with - without).abs().max().ToDouble() / with.abs().max().ToDouble();
        var allowed = Tolerance.Merged(ComputeType.Float32, weights.Config.NLayers, Math.Max(weights.Config.DFf, weights.Config.DModel));
        if (!(difference <= allowed))
            throw new InvalidDataException(Format.Invariant($"Merging changes the logits by {difference:G2} of the largest, more than rounding does ({allowed:G2}). Nothing was written; are A and B as large as the weights?"));
        display.WriteLine(Format.Invariant($"the logits are those of the adapter: the largest difference is {difference:G2} of the largest logit, and rounding may make {allowed:G2}"));
    }
}
