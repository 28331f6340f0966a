using TurkishLlm.Files;
using TurkishLlm.Model;

namespace TurkishLlm.Plans.Chains;

/// <summary>A chain of steps from text to a finished model: a YAML file, for example <c>configs/chain-v1.yaml</c>.</summary>
/// <param name="Name">Name of the chain: letters a–z, digits, dots, dashes and underscores.</param>
/// <param name="Steps">The steps, in the order in which they run.</param>
public sealed record ChainPlan(string Name, IReadOnlyList<ChainStep> Steps)
{
    /// <summary>Folder of the records of steps, which all chains of a working directory share.</summary>
    public string Records { get; init; } = "runs/steps";

    /// <summary>
    /// Folder, relative to that of the chain, in which plans and inputs are looked up that the working directory does not have;
    /// null for none.
    /// </summary>
    public string? Fallback { get; init; }

    /// <summary>Reads a chain.</summary>
    /// <param name="file">A YAML file.</param>
    /// <param name="overrides">Values that replace those of the file, as <c>key=value</c>.</param>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="ConfigurationException">The chain is invalid; lists all problems with file, line and column.</exception>
    public static ChainPlan Load(string file, IEnumerable<string> overrides)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (!File.Exists(file)) throw new FileNotFoundException($"There is no chain {file}.{PlanFiles.Suggest(file)}", file);
        return Parse(TextFile.ReadAllText(file), file, overrides);
    }

    /// <summary>Reads a chain from text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="file">Name of the file in errors.</param>
    /// <param name="overrides">Values that replace those of the text, as <c>key=value</c>.</param>
    /// <exception cref="ConfigurationException">The chain is invalid; lists all problems with file, line and column.</exception>
    public static ChainPlan Parse(string yaml, string file, IEnumerable<string> overrides)
    {
        ArgumentNullException.ThrowIfNull(yaml);
        ArgumentNullException.ThrowIfNull(overrides);
        var document = new PlanDocument(yaml, file, overrides, directory: null, expectedKeys: "name: and steps:")
        {
            Keys = ChainSchema.Keys,
        };
        var chain = (ChainPlan)ChainSchema.Root.Read(document.Root)!;
        foreach (var problem in chain.FindProblems()) document.Report(problem);
        document.ThrowIfInvalid();
        return chain;
    }

    private IEnumerable<ConfigurationProblem> FindProblems() =>
    [
        .. ChainSchema.Root.FindProblems(this, path: null),
        .. IsName(Name) ? (ConfigurationProblem[])[] : [Misnamed("name", Name)],
        .. Steps.Where(step => !IsName(step.Name)).Select(step => Misnamed($"steps.{step.Name}", step.Name)),
        .. Steps.Count > 0 ? (ConfigurationProblem[])[]
            : [new("steps is empty. Name a step: steps: {pretraining: {train: {plan: configs/toy.yaml}}}.", "steps")],
        .. Steps.Where(step => step.Tokenizer is { Output: null } tokenizer && !CorpusPlan.IsPlanFile(tokenizer.Source))
            .Select(step => new ConfigurationProblem(
                $"steps.{step.Name}.tokenizer.output is missing: the source is text, and only a corpus plan names a tokenizer.",
                $"steps.{step.Name}.tokenizer")),
    ];

    private static ConfigurationProblem Misnamed(string key, string name) => new(
        $"{key} is \"{name}\"; a name has letters a–z, digits, dots, dashes and underscores, and no dot first.", key);

    private static bool IsName(string name) =>
        name.Length > 0 && name[0] != '.' && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
}
