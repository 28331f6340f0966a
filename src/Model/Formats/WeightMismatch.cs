using static System.FormattableString;

namespace TurkishLlm.Model.Formats;

/// <summary>
/// Describes how the weights of a file differ from those of a model, with the names of both sides: what is missing, what the
/// file has instead, and the nearest names.
/// </summary>
/// <param name="stored">The tensors of the file by our name for them.</param>
/// <param name="wanted">Names and shapes of the model.</param>
internal sealed class WeightMismatch(
    ILookup<string, SafetensorsTensorInfo> stored, IReadOnlyDictionary<string, long[]> wanted)
{
    private const int Shown = 4;

    /// <summary>True if the names show another architecture, or weights that are not plain ones.</summary>
    public bool IsOfAnotherArchitecture => ForeignArchitecture.FindReasons(FindUnknown().Select(tensor => tensor.Name)).Count > 0;

    /// <summary>Returns all differences, in sentences without a full stop; empty if all weights match.</summary>
    public IEnumerable<string> Describe()
    {
        var missing = wanted.Keys.Where(name => !stored.Contains(name)).ToArray();
        var unknown = FindUnknown();
        if (missing.Length > 0)
            yield return missing.Length == wanted.Count
                ? $"it has none of the {Count(missing.Length)}, such as {List(missing)}"
                : $"{List(missing)} {(missing.Length == 1 ? "is" : "are")} missing";
        if (unknown.Length > 0)
            yield return $"{List([.. unknown.Select(tensor => tensor.Name)])} "
                + $"{(unknown.Length == 1 ? "is" : "are")} not part of the model";
        if (FindNearest(missing, unknown) is { Count: > 0 } pairs)
            yield return $"nearest names: {string.Join(", ", pairs)}";
        foreach (var reason in ForeignArchitecture.FindReasons(unknown.Select(tensor => tensor.Name))) yield return reason;
        foreach (var problem in stored.Where(group => wanted.ContainsKey(group.Key)).SelectMany(FindProblems))
            yield return problem;
    }

    private SafetensorsTensorInfo[] FindUnknown() =>
        [.. stored.Where(group => !wanted.ContainsKey(group.Key)).SelectMany(group => group)];

    private IEnumerable<string> FindProblems(IGrouping<string, SafetensorsTensorInfo> group)
    {
        var (name, shape, found) = (group.Key, wanted[group.Key], group.ToArray());
        return found switch
        {
            [var tensor] when !tensor.Shape.SequenceEqual(shape) =>
            [
                $"{name} is [{string.Join(", ", tensor.Shape)}], the model takes [{string.Join(", ", shape)}]",
            ],
            [var tensor] when !FloatConversion.IsFloatingPoint(tensor.Type) =>
            [
                $"{name} is {tensor.Type}, the model takes floating-point numbers",
            ],
            [_] => [],
            _ => [$"{name} occurs {found.Length} times, as {string.Join(" and ", found.Select(t => t.Name))}"],
        };
    }

    // Pairs a missing weight with the unknown one of the same shape that has the most parts of its name.
    private List<string> FindNearest(string[] missing, SafetensorsTensorInfo[] unknown)
    {
        const int pairs = 2;
        var nearest = new List<string>();
        foreach (var name in missing.OrderByDescending(name => name.Count(c => c == '.')).ThenBy(name => name))
        {
            if (nearest.Count == pairs) break;
            var same = unknown
                .Where(tensor => tensor.Shape.SequenceEqual(wanted[name]))
                .Select(tensor => (tensor.Name, Common: CountCommonParts(name, tensor.Name)))
                .Where(candidate => candidate.Common > 0)
                .OrderByDescending(candidate => candidate.Common)
                .FirstOrDefault();
            if (same.Name is not null) nearest.Add($"{same.Name} for {name}");
        }
        return nearest;
    }

    private static int CountCommonParts(string a, string b) =>
        a.Split('.', '_').Intersect(b.Split('.', '_'), StringComparer.OrdinalIgnoreCase).Count(part => part != "weight");

    private static string List(string[] names) =>
        names.Length <= Shown ? string.Join(", ", names)
        : Invariant($"{string.Join(", ", names.Take(Shown))} … and {names.Length - Shown} more");

    private static string Count(int number) => Invariant($"{number} weights of the model");
}
