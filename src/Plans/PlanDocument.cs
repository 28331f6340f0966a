using System.Globalization;
using TurkishLlm.Model;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace TurkishLlm.Plans;

/// <summary>A YAML text with overrides, the position of each value, and the problems found so far.</summary>
internal sealed class PlanDocument
{
    private readonly Dictionary<YamlNode, string> _overridden = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, YamlNode> _locations = new(StringComparer.Ordinal);
    private readonly HashSet<string> _failed = new(StringComparer.Ordinal);
    private readonly List<(YamlNode? Node, ConfigurationProblem Problem)> _problems = [];
    private readonly string _file, _expectedKeys, _overrideOption;
    private readonly YamlMappingNode _root;

    /// <param name="yaml">The text.</param>
    /// <param name="file">Name of the file in errors.</param>
    /// <param name="overrides">Values that replace those of the text, as <c>section.key=value</c>.</param>
    /// <param name="expectedKeys">The first keys of a plan, for errors about a text that is not a plan.</param>
    /// <param name="directory">Directory that relative paths are relative to; null leaves them unchanged.</param>
    /// <param name="overrideOption">The option that gives the overrides, for errors.</param>
    /// <exception cref="ConfigurationException">The text is not YAML, or not a single mapping.</exception>
    public PlanDocument(
        string yaml, string file, IEnumerable<string> overrides, string? directory,
        string expectedKeys = "name: and model:", string overrideOption = "--set")
    {
        (_file, _expectedKeys, _overrideOption, Directory) = (file, expectedKeys, overrideOption, directory);
        _root = ParseFile(yaml);
        foreach (var text in overrides) Override(text);
    }

    /// <summary>The whole plan, to read.</summary>
    public PlanNode Root => new(this, _root, Path: null, Key: null);

    /// <summary>All keys of this kind of plan, to suggest one for an unknown key.</summary>
    public IReadOnlyList<(string Path, PlanKey Key)> Keys { get; init; } = [];

    /// <summary>The directory of relative paths; null leaves them unchanged.</summary>
    public string? Directory { get; }

    /// <summary>Returns the key of this kind of plan that a name means; null if none is meant clearly.</summary>
    public string? FindKey(string name) => PlanKeyFinder.Find(name, Keys);

    /// <summary>Records the position of a key, for problems found later.</summary>
    public void RecordLocation(string key, YamlNode node) => _locations.TryAdd(key, node);

    /// <summary>Reports a key with a value that cannot be read. Other problems of the key are then not reported.</summary>
    public void ReportUnreadable(YamlNode? at, string key, string text)
    {
        _failed.Add(key);
        _problems.Add((at, new(text, key) { Location = GetLocation(at) }));
    }

    /// <summary>Reports a problem of one or several values, unless one of them could not be read.</summary>
    public void Report(ConfigurationProblem problem)
    {
        if (problem.Keys.Any(_failed.Contains)) return;
        var at = problem.Keys.Select(key => _locations.GetValueOrDefault(key)).FirstOrDefault(node => node is not null);
        _problems.Add((at, problem with { Location = GetLocation(at) }));
    }

    /// <exception cref="ConfigurationException">A problem was reported; lists all of them in the order of the text.</exception>
    public void ThrowIfInvalid() => ConfigurationException.ThrowIfAny(
    [
        .. _problems.OrderBy(p => p.Node is null ? 2 : _overridden.ContainsKey(p.Node) ? 1 : 0)
            .ThenBy(p => p.Node?.Start.Line ?? 0).ThenBy(p => p.Node?.Start.Column ?? 0)
            .Select(p => p.Problem),
    ]);

    public static YamlScalarNode? FindKey(YamlMappingNode section, string key) =>
        section.Children.Keys.OfType<YamlScalarNode>().FirstOrDefault(node => node.Value == key);

    private string GetLocation(YamlNode? node) => node is null ? _file : _overridden.GetValueOrDefault(node) ?? At(node.Start);

    private string At(Mark mark) => string.Create(CultureInfo.InvariantCulture, $"{_file}:{mark.Line}:{mark.Column}");

    private YamlMappingNode ParseFile(string yaml)
    {
        if (YamlDiagnosis.FindConflictMark(yaml) is { } mark) throw CreateException(yaml, mark);
        try
        {
            return Parse(yaml) switch
            {
                null => throw CreateException(_file, $"is empty; a plan begins with {_expectedKeys}"),
                YamlMappingNode mapping => mapping,
                YamlScalarNode { Value: { } text, Start: var start } when YamlDiagnosis.SuggestKeyAndValue(text) is { } meant =>
                    throw CreateException(At(start), $"a key is followed by a colon and a space; write \"{meant}\"."),
                _ => throw CreateException(_file, $"is not a plan; a plan begins with {_expectedKeys}"),
            };
        }
        catch (YamlException error)
        {
            throw CreateException(yaml, YamlDiagnosis.Explain(yaml, error));
        }
    }

    private void Override(string text)
    {
        var (place, equals) = ($"{_overrideOption} {text}", text.IndexOf('=', StringComparison.Ordinal));
        if (equals < 1)
        {
            _problems.Add((null, new("an override is written section.key=value.") { Location = place }));
            return;
        }

        try
        {
            var value = Parse(text[(equals + 1)..]) ?? new YamlScalarNode("") { Style = ScalarStyle.Plain };
            foreach (var node in value.AllNodes) _overridden[node] = place;
            Set(text[..equals], value, place);
        }
        catch (YamlException error)
        {
            var reason = YamlDiagnosis.Explain($"value: {text[(equals + 1)..]}", error).Reason;
            _problems.Add((null, new($"the value is not YAML: {reason}.") { Location = place }));
        }
    }

    private void Set(string path, YamlNode value, string place)
    {
        var section = _root;
        var parts = path.Split('.');
        foreach (var part in parts[..^1])
        {
            if (FindKey(section, part) is not { } known)
                section.Children.Add(known = CreateKey(part, place), MarkOverridden(new YamlMappingNode(), place));
            if (section.Children[known] is not YamlMappingNode inner)
            {
                _problems.Add((null, new($"{part} is a value, not a section.") { Location = place }));
                return;
            }

            section = inner;
        }

        if (FindKey(section, parts[^1]) is { } old) section.Children.Remove(old);
        section.Children.Add(CreateKey(parts[^1], place), value);
    }

    private YamlScalarNode CreateKey(string name, string place) =>
        (YamlScalarNode)MarkOverridden(new YamlScalarNode(name), place);

    private YamlNode MarkOverridden(YamlNode node, string place)
    {
        _overridden[node] = place;
        return node;
    }

    private static YamlNode? Parse(string yaml)
    {
        CheckEvents(new Parser(new StringReader(yaml)));
        var stream = Load(yaml);
        return stream.Documents.Count switch
        {
            0 => null,
            1 => stream.Documents[0].RootNode is YamlScalarNode { Value: null or "" } ? null : stream.Documents[0].RootNode,
            _ => throw new PlanYamlException(
                stream.Documents[1].RootNode.Start, stream.Documents[1].RootNode.End,
                "a plan is one document, but a second one begins here"),
        };
    }

    // The library throws other exceptions for some texts, although it can read their events.
    private static YamlStream Load(string yaml)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(yaml));
            return stream;
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            throw new YamlException(Mark.Empty, Mark.Empty, "it cannot be parsed", error);
        }
    }

    // Anchors and aliases would give one value two positions; plans are short enough without them.
    private static void CheckEvents(Parser events)
    {
        const int deepest = 10;
        var depth = 0;
        try
        {
            while (events.MoveNext())
            {
                var current = events.Current!;
                var (start, end) = (current.Start, current.End);
                if (current is AnchorAlias or NodeEvent { Anchor.IsEmpty: false })
                    throw new PlanYamlException(start, end, "anchors (&) and aliases (*) are not used in plans");
                if ((depth += current.NestingIncrease) > deepest)
                    throw new PlanYamlException(start, end, "no plan is nested so deeply");
            }
        }
        catch (Exception error) when (error is not (YamlException or OutOfMemoryException))
        {
            // The parser throws this for some texts, for example a bracket that is never closed.
            var at = events.Current?.End ?? Mark.Empty;
            throw new YamlException(at, at, "it cannot be parsed from here on; is a bracket or quote not closed?", error);
        }
    }

    private ConfigurationException CreateException(string yaml, YamlProblem problem) => CreateException(
        string.Create(CultureInfo.InvariantCulture, $"{_file}:{problem.Line}:{problem.Column}"),
        $"not YAML: {problem.Reason}.{YamlDiagnosis.ShowLine(yaml, problem.Line)}");

    private static ConfigurationException CreateException(string place, string text) => new([new(text) { Location = place }]);
}
