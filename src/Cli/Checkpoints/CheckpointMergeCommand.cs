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
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training.Checkpoints;
using static TorchSharp.torch;

namespace TurkishLlm.Cli.Checkpoints;

/// <summary><c>turkishllm checkpoint merge CHECKPOINT OUTPUT</c></summary>
internal static class CheckpointMergeCommand
{
    public static Command Create(Display display)
    {
        var source = new Argument<string>("checkpoint")
        {
            Description = "LoRA run folder (see --checkpoint), or one of its checkpoints.",
        };
        var output = new Argument<string>("output") { Description = OutputFolder.ArgumentDescription };
        var trainedOn = new Option<string>("--base-model")
        {
            Description = "Checkpoint that the adapter was trained on (default: the path recorded in the adapter).",
        };
        var tokenizer = new Option<string>("--tokenizer", "-t")
        {
            Description = "Tokenizer folder (default: the tokenizer of the run).",
        };
        var checkpoint = new CheckpointOption();
        var command = new Command("merge", "Merge a LoRA adapter into its base model and export the result.")
        {
            source, output, trainedOn, tokenizer,
        };
        checkpoint.AddTo(command);
        command.SetAction(parsed =>
        {
            OutputFolder.ThrowIfNotEmpty(parsed.GetRequiredValue(output));
            var at = checkpoint.Find(parsed, parsed.GetRequiredValue(source));
            Run(
                display, parsed.GetRequiredValue(source), at, parsed.GetRequiredValue(output), parsed.GetValue(trainedOn),
                parsed.GetValue(tokenizer) is { } given ? TokenizerFolder.Find(given) : null);
            CheckpointOption.Announce(at, parsed.InvocationConfiguration.Error);
        });
        return command;
    }

    private static void Run(
        Display display, string source, ModelPath at, string output, string? trainedOn, string? tokenizerFolder)
    {
        if (!at.IsCheckpoint || !AdapterFile.Exists(at.Folder))
        {
            throw new InvalidDataException(
                $"{at.Folder} is a full model, not an adapter; there is nothing to merge. "
                + $"Export it instead: {display.Program} checkpoint export {Format.ShellQuote(source)} "
                + $"{Format.ShellQuote(output)}");
        }
        var checkpoint = Checkpoint.Open(at.Folder);
        var tokenizer = GetTokenizerFolder(at, checkpoint, tokenizerFolder);

        var file = AdapterFile.Open(checkpoint.Folder);
        var folder = Checkpoint.ResolvePath(ExportedModel.ResolveFolder(trainedOn ?? file.BaseModel.Folder));
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException(
                $"The checkpoint {folder}, on which the adapter was trained, does not exist. Give its new path: "
                    + "--base-model DIR");
        using var weights = WeightLoader.Open(folder).Load(checkpoint.Config, CPU);
        using var adapter = file.Load(weights, folder, CPU);
        using var merged = adapter.MergeInto(weights);
        RequireSameLogits(display, weights, adapter, merged);

        var template = ChatTemplate.Exists(checkpoint.Folder)
            ? ChatTemplate.Load(checkpoint.Folder, Tokenizer.Load(tokenizer))
            : null;
        ExportedModel.Write(output, merged, tokenizer, template, ExportFormat.Safetensors);
        display.WriteSuccess(
            $"→ {Format.RelativePaths(Path.GetFullPath(output))}, {Format.Count(merged.ElementCount, "parameter")}");
    }

    private static string GetTokenizerFolder(ModelPath at, Checkpoint checkpoint, string? folder)
    {
        folder ??= at.Run is { } run ? TrainingPlan.Load(run.PlanFile, []).Data.Tokenizer
            : throw new ConfigurationException(
                $"{at.Folder} is not inside a run folder, so its tokenizer is unknown. Give it: --tokenizer DIR");
        var tokenizer = Tokenizer.Load(folder);
        if (tokenizer.Hash != checkpoint.State.TokenizerHash)
            throw new InvalidDataException(
                $"The tokenizer in {folder} is not the one this model was trained with ({tokenizer.Hash} instead "
                    + $"of {checkpoint.State.TokenizerHash}). Give the original one: --tokenizer DIR");
        return folder;
    }

    // The merged model must give the same logits as base model and adapter, here on random tokens.
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
        var allowed = Tolerance.Merged(
            ScalarType.Float32, weights.Config.NLayers,
            Math.Max(weights.Config.DFf, weights.Config.DModel));
        if (!(difference <= allowed))
            throw new InvalidDataException(
                Format.Invariant($"Merging changes the logits by {difference:G2} relative to the largest logit, ")
                    + Format.Invariant($"more than rounding allows ({allowed:G2}). Nothing was written. ")
                    + "Check whether the adapter weights A and B are unusually large.");
        display.WriteLine(
            Format.Invariant($"merged logits match the adapter: largest difference {difference:G2} ")
                + Format.Invariant($"relative to the largest logit (tolerance {allowed:G2})"));
    }
}
