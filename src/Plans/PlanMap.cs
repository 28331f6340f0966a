using System.Text.Json.Nodes;
using TurkishLlm.Model;
using TurkishLlm.Plans.Chains;

namespace TurkishLlm.Plans;

/// <summary>A section of plans in which the plan chooses the keys, for example the names of sources.</summary>
/// <param name="item">Type of the values.</param>
/// <param name="placeholder">Represents the names in help texts.</param>
/// <param name="split">Returns the names and values of a map.</param>
/// <param name="join">Creates a map from names and values.</param>
/// <typeparam name="TItem">.NET type of the values.</typeparam>
/// <typeparam name="T">.NET type of the map.</typeparam>
internal sealed class PlanMap<TItem, T>(
    PlanType<TItem> item, string placeholder, Func<T, IEnumerable<(string Name, TItem Value)>> split,
    Func<IEnumerable<(string Name, TItem Value)>, T> join)
    : PlanType<T>
    where TItem : notnull where T : class
{
    public override string Name => "section";

    internal override bool IsMapping => true;

    /// <summary>The names that a plan may use; null for all.</summary>
    public IReadOnlyList<string>? KnownNames { get; init; }

    internal override object Read(PlanNode node)
    {
        node = node.AsMapping();
        return join([.. node.Names.Select(name => (name, ReadItem(node[name])))]);

        TItem ReadItem(PlanNode named) => (TItem)item.ResolvePaths(item.Read(named), named.Document.Directory)!;
    }

    internal override string Write(object value) =>
        $"{{{string.Join(", ", GetEntries(value).Select(entry => $"{PlanWriter.FormatText(entry.Key)}: {entry.Value}"))}}}";

    internal override IEnumerable<(string Key, string Value)> GetEntries(object value) =>
        split((T)value).Select(named => (named.Name, item.Write(named.Value)));

    internal override IEnumerable<ConfigurationProblem> FindProblems(object value, string? path) =>
        split((T)value).SelectMany(named => item.FindProblems(named.Value, Join(path, named.Name)));

    internal override IEnumerable<PlanInput> GetPaths(object value, string? key) =>
        split((T)value).SelectMany(named => item.GetPaths(named.Value, Join(key, named.Name)));

    internal override IEnumerable<(string Path, PlanKey Key)> GetKeys(string? path) => item.GetKeys(Join(path, placeholder));

    internal override JsonObject ToJsonSchema()
    {
        var schema = new JsonObject { ["type"] = "object", ["additionalProperties"] = item.ToJsonSchema() };
        if (KnownNames is not null)
            schema["propertyNames"] = PlanValue.CreateChoiceSchema(KnownNames);
        return schema;
    }
}
