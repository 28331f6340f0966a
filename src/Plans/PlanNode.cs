using TurkishLlm.Model;
using YamlDotNet.RepresentationModel;

namespace TurkishLlm.Plans;

/// <summary>A value of a plan while it is read, with its dotted name and its position.</summary>
/// <param name="Document">The plan that contains it.</param>
/// <param name="Value">The YAML value; null if the plan does not contain it.</param>
/// <param name="Path">Dotted name, for example <c>optimizer.beta1</c>; null for the plan itself.</param>
/// <param name="Key">The YAML key, or that of the nearest enclosing section: the position of a missing key.</param>
internal sealed record PlanNode(PlanDocument Document, YamlNode? Value, string? Path, YamlNode? Key)
{
    private YamlMappingNode? Mapping => Value as YamlMappingNode;

    /// <summary>Names of the values inside a mapping.</summary>
    public IEnumerable<string> Names => Mapping?.Children.Keys.OfType<YamlScalarNode>().Select(key => key.Value!) ?? [];

    /// <summary>Returns the value of a key of a mapping.</summary>
    public PlanNode this[string name]
    {
        get
        {
            var path = PlanType.Join(Path, name);
            if (Mapping is null || PlanDocument.FindKey(Mapping, name) is not { } key) return new(Document, null, path, Key);
            Document.RecordLocation(path, Mapping.Children[key]);
            return new(Document, Mapping.Children[key], path, key);
        }
    }

    /// <summary>Returns the node as a mapping. Any other value is reported and replaced by an empty mapping.</summary>
    public PlanNode AsMapping()
    {
        if (Value is null or YamlMappingNode) return this;
        var meant = Value is YamlScalarNode { Value: { } text } ? YamlDiagnosis.SuggestKeyAndValue(text) : null;
        ReportUnreadable(
            $"{Path} is a value, but it must be a section."
                + (meant is null ? "" : $" A key is followed by a colon and a space: \"{meant}\"."));
        return this with { Value = new YamlMappingNode(), Key = Value };
    }

    /// <summary>Reports that the value cannot be used, so that no other problem is reported for it.</summary>
    public void ReportUnreadable(string text) => Document.ReportUnreadable(Value, Path!, text);

    /// <summary>Reports unknown keys of a mapping, and missing ones unless an unknown key is a misspelling of them.</summary>
    public void ReportKeyProblems(IReadOnlyCollection<string> known, IEnumerable<string> missing)
    {
        var (misspelled, section) = (new HashSet<string>(StringComparer.Ordinal), Path is null ? "" : $" in {Path}");
        foreach (var key in Mapping?.Children.Keys ?? [])
        {
            var name = (key as YamlScalarNode)?.Value ?? key.ToString();
            if (known.Contains(name)) continue;
            var meant = SpellingSuggestions.FindClosest(name, known);
            if (meant is not null) misspelled.Add(meant);
            var hint = meant is not null ? $"Did you mean \"{meant}\"?"
                : Document.FindKey(name) is { } other ? $"Did you mean \"{other}\"?"
                : $"Known: {string.Join(", ", known)}.";
            Document.ReportUnreadable(key, PlanType.Join(Path, meant ?? name), $"unknown key \"{name}\"{section}. {hint}");
        }

        var under = Path is null ? "" : $" under \"{Path}:\"";
        foreach (var name in missing.Where(name => !misspelled.Contains(name)))
        {
            var path = PlanType.Join(Path, name);
            Document.ReportUnreadable(Key, path, $"{path} is missing: add \"{name}:\"{under}.");
        }
    }
}
