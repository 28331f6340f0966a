using TurkishLlm.Model;
using YamlDotNet.RepresentationModel;

namespace TurkishLlm.Plans;

/// <summary>One section of a plan while it is read: knows which keys were asked for, and refuses the others.</summary>
/// <param name="document">The whole plan.</param>
/// <param name="node">The section; null where the plan does not have it.</param>
/// <param name="key">Where it stands in the plan, such as <c>start</c>; null for the plan itself.</param>
/// <param name="at">The section's own key, for problems that have no better place.</param>
internal sealed class PlanSection(PlanDocument document, YamlMappingNode? node, string? key, YamlNode? at)
{
    private readonly List<string> _known = [];
    private readonly List<string> _missing = [];

    /// <summary>True where the plan has this section.</summary>
    public bool Exists => node is not null;

    /// <summary>True where the section has this key.</summary>
    public bool Has(string name)
    {
        if (!_known.Contains(name)) _known.Add(name);
        return KeyNode(name) is not null;
    }

    /// <summary>A value that must be there.</summary>
    public T GetRequired<T>(string name, PlanValue<T> kind)
    {
        if (Find(name) is { } value) return Read(name, value, kind);
        _missing.Add(name);
        return default!;
    }

    /// <summary>A value that may be left out.</summary>
    public T GetOptional<T>(string name, PlanValue<T> kind, T defaultValue) =>
        Find(name) is { } value ? Read(name, value, kind) : defaultValue;

    /// <summary>A section of this section.</summary>
    public PlanSection GetSection(string name)
    {
        var value = Find(name);
        if (value is null or YamlMappingNode) return new(document, value as YamlMappingNode, GetFullKey(name), KeyNode(name) ?? at);

        document.ReportUnreadable(value, GetFullKey(name), $"{GetFullKey(name)} is a value, but it must be a section.");
        return new(document, new YamlMappingNode(), GetFullKey(name), value);
    }

    /// <summary>The keys of a section whose keys are names that the plan gives, such as sources. All of them are known.</summary>
    public IReadOnlyList<string> GetKeys() => [.. node?.Children.Keys.OfType<YamlScalarNode>().Select(name => name.Value!) ?? []];

    /// <summary>Tells of keys nobody asked for, and of required ones that are missing. A misspelt key is not missing as well.</summary>
    public void ReportKeyProblems()
    {
        var meant = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (unknown, name) in FindUnknownKeys())
        {
            if (SpellingSuggestions.FindClosest(name, _known) is { } word)
            {
                meant.Add(word);
                document.ReportUnreadable(unknown, GetFullKey(word), $"unknown key \"{name}\"{Here}. Did you mean \"{word}\"?");
            }
            else
            {
                document.ReportUnreadable(unknown, GetFullKey(name), $"unknown key \"{name}\"{Here}. Known: {string.Join(", ", _known)}.");
            }
        }

        foreach (var name in _missing.Where(name => !meant.Contains(name)))
            document.ReportUnreadable(at, GetFullKey(name), $"{GetFullKey(name)} is missing: add \"{name}:\"{(key is null ? "" : $" under \"{key}:\"")}.");
    }

    private string Here => key is null ? "" : $" in {key}";

    private string GetFullKey(string name) => key is null ? name : $"{key}.{name}";

    private T Read<T>(string name, YamlNode value, PlanValue<T> kind)
    {
        var (read, wrong) = kind.Read(value);
        if (wrong is not null) document.ReportUnreadable(value, GetFullKey(name), $"{GetFullKey(name)} is {wrong}.");
        return read;
    }

    private YamlNode? Find(string name)
    {
        if (!Has(name)) return null;
        var found = KeyNode(name)!;
        var value = node!.Children[found];
        document.RecordLocation(GetFullKey(name), value);
        return value;
    }

    private YamlScalarNode? KeyNode(string name) => node is null ? null : PlanDocument.FindKey(node, name);

    private IEnumerable<(YamlNode Node, string Name)> FindUnknownKeys() =>
        from child in node?.Children.Keys ?? []
        let name = (child as YamlScalarNode)?.Value ?? child.ToString()
        where !_known.Contains(name)
        select (child, name);
}
