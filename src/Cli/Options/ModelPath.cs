using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model;
using TurkishLlm.Runs;

namespace TurkishLlm.Cli.Options;

/// <summary>Where a path leads that stands for a model: to a checkpoint of a run, or to a folder with a model alone. Nothing is opened yet.</summary>
/// <param name="Folder">The checkpoint, or the folder of the model.</param>
/// <param name="Run">The run of a checkpoint; null where it lies alone, and for a model.</param>
/// <param name="IsCheckpoint">False for a folder with a model alone.</param>
internal sealed record ModelPath(string Folder, RunFolder? Run, bool IsCheckpoint)
{
    /// <param name="path">A run folder, for its newest checkpoint; a checkpoint; or a folder that was imported or exported.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">It is none of these, or the run has no checkpoint yet; says where one is near.</exception>
    public static ModelPath Find(string path)
    {
        if (File.Exists(path)) throw new InvalidDataException($"{path} is a file. {SuggestImport(path)}");
        if (!Directory.Exists(path) && Path.GetFileName(Path.TrimEndingDirectorySeparator(path)).StartsWith("step-", StringComparison.Ordinal))
            return new(path, Run: null, IsCheckpoint: true);      // opening it says which others there are
        if (!Directory.Exists(path)) throw new DirectoryNotFoundException($"There is no run folder {path}.{SuggestRun(path)}");
        var run = RunFolder.OpenExisting(path);
        if (File.Exists(run.PlanFile))
            return run.LatestCheckpointStep() is { } step
                ? new(run.CheckpointFolder(step), run, IsCheckpoint: true)
                : throw new InvalidDataException($"The run {path} has no checkpoint yet. Train first: turkishllm train {Format.ShellQuote(run.PlanFile)} --resume auto");
        if (File.Exists(Path.Combine(path, "state.json"))) return new(path, FindParentRun(path), IsCheckpoint: true);
        if (ExportedModel.IsExportedModel(path)) return new(path, Run: null, IsCheckpoint: false);

        var near = Directory.EnumerateDirectories(path).Order(StringComparer.Ordinal).FirstOrDefault(other => File.Exists(Path.Combine(other, "plan.yaml")));
        throw new InvalidDataException($"{path} is neither a run nor a model: it has no plan.yaml and no config.json.{(near is null ? " Give a folder that `turkishllm train` or `turkishllm checkpoint import` wrote." : $" Did you mean {near}?")}");
    }

    private static RunFolder? FindParentRun(string checkpoint)
    {
        var above = Path.GetDirectoryName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(checkpoint))));
        return above is not null && File.Exists(Path.Combine(above, "plan.yaml")) ? RunFolder.OpenExisting(above) : null;
    }

    private static string SuggestImport(string file) => Path.GetExtension(file) is ".pt" or ".pth" or ".bin" or ".safetensors"
        ? $"Make a model of it first: turkishllm checkpoint import {Format.ShellQuote(file)} OUT --tokenizer DIR"
        : "Give a run folder, such as runs/toy.";

    /// <summary>Which run may have been meant where there is none.</summary>
    internal static string SuggestRun(string path)
    {
        var above = Path.GetDirectoryName(Path.GetFullPath(Path.TrimEndingDirectorySeparator(path)));
        if (!Directory.Exists(above)) return above is null ? "" : $" There is no folder {above} either.";
        var runs = Directory.EnumerateDirectories(above).Where(other => File.Exists(Path.Combine(other, "plan.yaml"))).Order(StringComparer.Ordinal).Select(other => Path.GetFileName(other)).ToArray();
        return runs.Length == 0 ? " Train one with `turkishllm train`." : SpellingSuggestions.FormatHint(Path.GetFileName(Path.TrimEndingDirectorySeparator(path)), runs);
    }
}
