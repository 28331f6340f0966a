using System.Collections;
using System.Globalization;
using System.Reflection;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>
/// The dimensions of the canonical cases of a requirement, and the values that each takes: every property that a case is created
/// with, those of nested records and list elements included, and the length of every list, written as <c>Name#</c>.
/// </summary>
internal static class CaseDimensions
{
    /// <summary>Returns the dimensions that have the same value in all canonical cases.</summary>
    public static IEnumerable<string> FindConstant(Requirement requirement)
    {
        var values = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (var value in (IEnumerable)requirement.GetType().GetProperty("CanonicalCases")!.GetValue(requirement)!)
            Add(values, "case", value);
        // The elements of a list differ if their number does.
        return values
            .Where(found => found.Value.Count < 2 && values.GetValueOrDefault(found.Key + "#") is not { Count: > 1 })
            .Select(found => found.Key);
    }

    private static void Add(Dictionary<string, HashSet<string>> values, string path, object? value)
    {
        var properties = value is null or string or IEnumerable ? [] : FindProperties(value.GetType());
        if (value is IEnumerable list and not string)
        {
            object?[] items = [.. list];
            Record(values, path + "#", items.Length);
            foreach (var item in items) Add(values, path, item);
        }
        else if (properties.Length == 0) Record(values, path, value);
        foreach (var property in properties)
            Add(values, path == "case" ? property.Name : $"{path}.{property.Name}", property.GetValue(value));
    }

    private static void Record(Dictionary<string, HashSet<string>> values, string path, object? value)
    {
        if (!values.TryGetValue(path, out var found)) values[path] = found = new(StringComparer.Ordinal);
        found.Add(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
    }

    // What a record is created with; computed properties follow from it.
    private static PropertyInfo[] FindProperties(Type type) =>
        type.IsPrimitive || type.IsEnum || type == typeof(decimal)
            ? []
            :
            [
                .. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                    .Where(property => property.SetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0),
            ];
}
