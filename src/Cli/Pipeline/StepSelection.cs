using TurkishLlm.Model;
using TurkishLlm.Plans.Chains;

namespace TurkishLlm.Cli.Pipeline;

/// <summary>Which steps of a chain the user wants.</summary>
/// <param name="From">First step; null for the first of the chain.</param>
/// <param name="Only">The only steps; empty for all.</param>
/// <param name="Force">True to run steps that are up to date.</param>
internal sealed record StepSelection(string? From, IReadOnlyList<string> Only, bool Force)
{
    /// <summary>Returns the steps in the order of the chain.</summary>
    /// <exception cref="ConfigurationException">A name is not that of a step.</exception>
    public IReadOnlyList<ResolvedStep> Select(ChainFiles files)
    {
        foreach (var name in Only.Append(From).OfType<string>()) _ = Find(files, name);
        return
        [
            .. files.Steps
                .SkipWhile(step => From is not null && step.Step.Name != From)
                .Where(step => Only.Count == 0 || Only.Contains(step.Step.Name)),
        ];
    }

    /// <summary>Returns the step with a name.</summary>
    /// <exception cref="ConfigurationException">There is no such step; the message suggests one.</exception>
    public static ResolvedStep Find(ChainFiles files, string name)
    {
        string[] names = [.. files.Steps.Select(step => step.Step.Name)];
        return files.Steps.FirstOrDefault(step => step.Step.Name == name)
            ?? throw new ConfigurationException(
                $"The chain has no step {name}.{SpellingSuggestions.FormatHint(name, names)} "
                    + $"Its steps: {string.Join(", ", names)}.");
    }
}
