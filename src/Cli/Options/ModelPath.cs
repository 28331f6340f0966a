using TurkishLlm.Cli.Terminal;
using TurkishLlm.Files;
using TurkishLlm.Model;
using TurkishLlm.Runs;
using TurkishLlm.Training.Checkpoints;

namespace TurkishLlm.Cli.Options;

/// <summary>Path of a model: a checkpoint of a run, or an exported model folder. Opens no file.</summary>
/// <param name="Folder">Checkpoint folder or model folder.</param>
/// <param name="Run">Run of the checkpoint; null if the checkpoint is outside a run, and for an exported model.</param>
/// <param name="IsCheckpoint">False for an exported model.</param>
/// <param name="Selection">The checkpoint that was selected; null if the path itself is a checkpoint or exported model.</param>
internal sealed record ModelPath(string Folder, RunFolder? Run, bool IsCheckpoint, SelectedCheckpoint? Selection = null)
{
    /// <summary>True for the average of the weights of a checkpoint.</summary>
    public bool UsesAverage { get; init; }

    /// <summary>Help text of arguments that name a model.</summary>
    public const string ArgumentDescription =
        "Model: a run folder such as runs/toy (see --checkpoint), a checkpoint folder, or an exported model folder.";

    /// <summary>Finds the model that a path names.</summary>
    /// <param name="path">
    /// Run folder, checkpoint folder, or exported model folder; a run folder may end in <c>/best</c>, <c>/last</c> or a step.
    /// </param>
    /// <param name="choice">Which checkpoint of a run folder; null for the one that the path names, or the best.</param>
    /// <exception cref="ConfigurationException">A checkpoint is chosen, but the path names no run.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="InvalidDataException">
    /// The folder is none of these, or the run has no checkpoint yet; the message suggests a nearby one.
    /// </exception>
    public static ModelPath Find(string path, CheckpointChoice? choice = null)
    {
        if (CheckpointChoice.TrySplit(path) is var (named, part)) return Select(named, path, choice ?? part);
        path = Checkpoint.ResolvePath(ExportedModel.ResolveFolder(path));
        if (File.Exists(path)) throw new InvalidDataException($"{path} is a file. {SuggestImport(path)}");
        if (
            !Directory.Exists(path)
            && Path.GetFileName(Path.TrimEndingDirectorySeparator(path)).StartsWith("step-", StringComparison.Ordinal))
            return new(path, Run: null, IsCheckpoint: true);      // opening it lists the checkpoints that exist
        if (!Directory.Exists(path))
            throw new DirectoryNotFoundException($"The run folder {path} does not exist.{SuggestRun(path)}");
        var run = RunFolder.OpenExisting(path);
        if (File.Exists(run.PlanFile)) return Select(run, path, choice ?? CheckpointChoice.Best);
        if (choice is not null)
            throw new ConfigurationException(
                $"--checkpoint {choice.Name} chooses a checkpoint of a run folder, but {path} is not one: it has no plan.yaml.");
        if (File.Exists(Path.Combine(path, "state.json"))) return new(path, FindParentRun(path), IsCheckpoint: true);
        if (ExportedModel.IsExportedModel(path)) return new(path, Run: null, IsCheckpoint: false);

        var near = Directory
            .EnumerateDirectories(path)
            .Order(StringComparer.Ordinal)
            .FirstOrDefault(other => File.Exists(Path.Combine(other, "plan.yaml")));
        throw new InvalidDataException(
            $"{path} is neither a run nor a model: it has no plan.yaml and no config.json."
                + (near is null
                    ? $" {FolderPath.DescribeContent(path)}{SuggestOther(path)}"
                    : $" Did you mean {near}?")
        );
    }

    private static ModelPath Select(RunFolder run, string path, CheckpointChoice choice) =>
        SelectedCheckpoint.Select(run, choice) is { } selected
            ? new(selected.Folder, run, IsCheckpoint: true, selected)
            : throw new InvalidDataException(
                $"The run {path} has no checkpoint yet. Train it first: turkishllm train "
                    + $"{Format.ShellQuote(run.PlanFile)} --resume auto");

    private static RunFolder? FindParentRun(string checkpoint)
    {
        var above = Path.GetDirectoryName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(checkpoint))));
        return above is not null && File.Exists(Path.Combine(above, "plan.yaml")) ? RunFolder.OpenExisting(above) : null;
    }

    private static string SuggestOther(string folder) =>
        ExportedModel.FindWeights(folder) is { } weights
            ? $" Import the weights first: turkishllm checkpoint import {Format.ShellQuote(weights)} OUT --config FILE "
                + "--tokenizer DIR"
        : ExportedModel.AdviseFramework(folder) is { Length: > 0 } advice ? advice
        : " Give a folder written by `turkishllm train` or `turkishllm checkpoint import`.";

    private static string SuggestImport(string file) => Path.GetExtension(file) is ".pt" or ".pth" or ".bin" or ".safetensors"
        ? $"Import it first: turkishllm checkpoint import {Format.ShellQuote(file)} OUT --tokenizer DIR"
        : "Give a run folder, such as runs/toy.";

    /// <summary>Suggests an existing run for a path that does not exist.</summary>
    internal static string SuggestRun(string path)
    {
        var above = Path.GetDirectoryName(Path.GetFullPath(Path.TrimEndingDirectorySeparator(path)));
        if (!Directory.Exists(above)) return above is null ? "" : $" Its parent folder {above} does not exist either.";
        var runs = Directory
            .EnumerateDirectories(above)
            .Where(other => File.Exists(Path.Combine(other, "plan.yaml")))
            .Order(StringComparer.Ordinal)
            .Select(other => Path.GetFileName(other))
            .ToArray();
        return runs.Length == 0
            ? " Train one with `turkishllm train`."
            : SpellingSuggestions.FormatHint(Path.GetFileName(Path.TrimEndingDirectorySeparator(path)), runs);
    }
}
