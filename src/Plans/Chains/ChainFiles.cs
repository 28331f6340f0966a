using TurkishLlm.Model;

namespace TurkishLlm.Plans.Chains;

/// <summary>A step with the files that it reads and writes.</summary>
/// <param name="Step">The step.</param>
/// <param name="Files">Its files.</param>
public sealed record ResolvedStep(ChainStep Step, StepFiles Files);

/// <summary>The steps of a chain with their files: which step reads what another one writes.</summary>
public sealed class ChainFiles
{
    private readonly string _directory;
    private readonly string? _fallback;

    private ChainFiles(ChainPlan chain, string directory, string? fallback)
    {
        (_directory, _fallback) = (directory, fallback);
        Steps = [.. chain.Steps.Select(step => new ResolvedStep(step, step.Action.Describe(Find)))];
    }

    /// <summary>The steps, in the order in which they run.</summary>
    public IReadOnlyList<ResolvedStep> Steps { get; }

    /// <summary>Inputs that no step writes, with the step that reads them first, each path once.</summary>
    public IReadOnlyList<(string Path, string Step, string Key)> Sources =>
    [
        .. Steps.SelectMany(step => step.Files.Inputs.SelectMany(input =>
                input.Paths.Select(path => (Path: path, Step: step.Step.Name, input.Key))))
            .Where(read => FindWriter(read.Path) is null)
            .DistinctBy(read => read.Path, StringComparer.Ordinal),
    ];

    /// <summary>Loads the plans of all steps.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="file">File of the chain, for errors and for its fallback folder.</param>
    /// <param name="directory">Directory that relative paths of the chain and its plans are relative to.</param>
    /// <exception cref="FileNotFoundException">The plan of a step does not exist.</exception>
    /// <exception cref="ConfigurationException">A plan is invalid, or the steps are in the wrong order.</exception>
    public static ChainFiles Resolve(ChainPlan chain, string file, string directory)
    {
        ArgumentNullException.ThrowIfNull(chain);
        var beside = Path.GetDirectoryName(Path.GetFullPath(file, directory))!;
        var files = new ChainFiles(
            chain, directory, chain.Fallback is null ? null : Path.GetFullPath(chain.Fallback, beside));
        ConfigurationException.ThrowIfAny([.. files.FindProblems().Select(problem => problem with { Location = file })]);
        return files;
    }

    /// <summary>Returns the full path that a path means: in the working directory, or else in the fallback folder.</summary>
    public string Find(string path)
    {
        var here = Path.GetFullPath(path, _directory);
        if (_fallback is null || Path.Exists(here) || FindWriter(path) is not null) return here;
        var there = Path.GetFullPath(path, _fallback);
        return Path.Exists(there) ? there : here;
    }

    /// <summary>Returns overrides for the plan of a step, for the inputs that are found in the fallback folder.</summary>
    public IReadOnlyList<string> GetOverrides(ResolvedStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        return
        [
            .. from input in step.Files.Inputs
               let found = input.Paths.Select(Find).ToArray()
               where !found.SequenceEqual(input.Paths.Select(path => Path.GetFullPath(path, _directory)), StringComparer.Ordinal)
               select $"{input.Key}={(IsList(input) ? PlanWriter.FormatTexts(found) : PlanWriter.FormatText(found[0]))}",
        ];
    }

    // The keys of lists of files; a list may have one path.
    private static bool IsList(PlanInput input) => PlanSchema.Keys.Concat(PlanSchema.CorpusKeys)
        .Any(named => named.Path == input.Key && named.Key.Type == PlanValue.Paths);

    /// <summary>Returns the step that writes a path or a folder above it; null for a source.</summary>
    public ResolvedStep? FindWriter(string path) =>
        Steps?.FirstOrDefault(step => step.Files.Outputs.Any(output => IsAtOrBelow(path, output)));

    /// <summary>Returns the steps that read what a step writes.</summary>
    public IEnumerable<ResolvedStep> FindReaders(ResolvedStep writer) =>
        Steps.Where(step => step.Files.InputPaths.Any(path => FindWriter(path) == writer));

    private static bool IsAtOrBelow(string path, string folder)
    {
        var (inner, outer) = (Normalize(path), Normalize(folder));
        return inner == outer || inner.StartsWith(outer + '/', StringComparison.Ordinal);
    }

    private static string Normalize(string path) =>
        Path.TrimEndingDirectorySeparator(Path.GetFullPath(path, "/")).Replace('\\', '/');

    private IEnumerable<ConfigurationProblem> FindProblems()
    {
        foreach (var (step, i) in Steps.Select((step, i) => (step, i)))
        {
            foreach (var output in step.Files.Outputs)
                if (Steps.Take(i).FirstOrDefault(other => Overlap(other, output)) is { } first)
                    yield return new(
                        $"the steps {first.Step.Name} and {step.Step.Name} both write {output}. Give one of them another output.",
                        $"steps.{step.Step.Name}");
            foreach (var (key, path) in step.Files.Inputs.SelectMany(input => input.Paths.Select(path => (input.Key, path))))
                if (FindWriter(path) is { } writer && Steps.ToList().IndexOf(writer) >= i)
                    yield return new(
                        writer == step
                            ? $"the step {step.Step.Name} reads what it writes: {path} ({key})."
                            : $"the step {step.Step.Name} reads {path} ({key}), which the later step {writer.Step.Name} writes. "
                                + $"Move {writer.Step.Name} before {step.Step.Name}.",
                        $"steps.{step.Step.Name}");
        }
    }

    private static bool Overlap(ResolvedStep step, string output) =>
        step.Files.Outputs.Any(other => IsAtOrBelow(other, output) || IsAtOrBelow(output, other));
}
