using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using TurkishLlm.Files;
using TurkishLlm.Training.Checkpoints;

namespace TurkishLlm.Spec.Training;

/// <summary>The fields of <c>state.json</c>, found by reflection, so that a new field is judged without being listed.</summary>
public static class CheckpointFields
{
    private const string OwnName = "state.json";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Types of all fields by path, such as <c>safety.recent_norms</c>.</summary>
    public static IReadOnlyDictionary<string, Type> Types { get; } = Find(typeof(CheckpointState), "").ToDictionary();

    /// <summary>
    /// Reads the values of all fields as text. The fields of a missing record are <c>null</c>, and the hash that the file has of
    /// itself is omitted.
    /// </summary>
    /// <param name="json">Content of <c>state.json</c>.</param>
    /// <returns>Values by path; paths that <see cref="Types"/> does not have are included.</returns>
    public static IReadOnlyDictionary<string, string> Read(string json)
    {
        var values = Types.Keys.ToDictionary(path => path, _ => "null", StringComparer.Ordinal);
        Collect(StrictJson.ParseNode(json, OwnName).AsObject(), "");
        return values;

        void Collect(JsonObject from, string prefix)
        {
            foreach (var (key, value) in from)
                if (value is JsonObject inner && !Types.ContainsKey(prefix + key)) Collect(inner, prefix + key + ".");
                else if (value is not null || Types.ContainsKey(prefix + key)) values[prefix + key] = Format(value);
        }
    }

    /// <summary>Changes a field of a saved checkpoint. The hash of the values is corrected, so the file is not damaged.</summary>
    /// <param name="folder">Folder of the checkpoint.</param>
    /// <param name="path">Path of the field.</param>
    /// <param name="value">The new value; null for any other value than the saved one.</param>
    public static void Alter(string folder, string path, JsonNode? value = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        var file = Path.Combine(folder, OwnName);
        var state = StrictJson.ParseNode(TextFile.ReadAllText(file), file).AsObject();
        var keys = path.Split('.');
        var owner = state;
        foreach (var key in keys[..^1]) owner = owner[key] as JsonObject ?? Create(owner, key);
        owner[keys[^1]] = value ?? Change(owner[keys[^1]], Types[path], path);

        var hashes = state["sha256"]!.AsObject();
        hashes.Remove(OwnName);
        hashes[OwnName] =
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(state.ToJsonString(Indented))));
        File.WriteAllText(file, state.ToJsonString(Indented));
    }

    private static IEnumerable<KeyValuePair<string, Type>> Find(Type record, string prefix) => record
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .SelectMany(property =>
        {
            var path = prefix + JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);
            return property.PropertyType.Assembly == typeof(CheckpointState).Assembly
                ? Find(property.PropertyType, path + ".")
                : [KeyValuePair.Create(path, property.PropertyType)];
        });

    // A record that is null, such as the best validation before the first one, gets its other fields too.
    private static JsonObject Create(JsonObject owner, string key)
    {
        var created = new JsonObject();
        foreach (var (path, type) in Types.Where(field => field.Key.StartsWith(key + ".", StringComparison.Ordinal)))
            created[path[(key.Length + 1)..]] = Change(null, type, path);
        owner[key] = created;
        return created;
    }

    // Time is lowered: a run that continues from less time than it has taken shows it.
    private static JsonNode Change(JsonNode? value, Type type, string path)
    {
        var sign = path == "seconds" ? -1 : 1;
        if (type == typeof(long)) return (value?.GetValue<long>() ?? 0) + 1;
        if (type == typeof(int)) return (value?.GetValue<int>() ?? 0) + 1;
        if (type == typeof(long?)) return (value?.GetValue<long>() ?? 0) + 1;
        if (type == typeof(int?)) return value is null ? 1 : value.GetValue<int>() + 1;
        if (type == typeof(double) || type == typeof(double?)) return (value?.GetValue<double>() ?? 0) + sign;
        if (type == typeof(bool)) return !(value?.GetValue<bool>() ?? false);
        if (type == typeof(string)) return "0" + value?.GetValue<string>();
        if (type == typeof(IReadOnlyList<double>))
        {
            double[] numbers = [.. value!.AsArray().Select(number => number!.GetValue<double>())];
            return new JsonArray(
                [.. (numbers.Length == 0 ? [1.0] : numbers.Select((number, i) => i == 0 ? number + 1 : number))
                    .Select(number => (JsonNode)number)]);
        }
        if (type == typeof(IReadOnlyDictionary<string, string>))
            return new JsonObject(value!.AsObject().Select(entry =>
                KeyValuePair.Create<string, JsonNode?>(entry.Key, "0" + entry.Value!.GetValue<string>())));
        throw new NotSupportedException($"No change is known for {path} of type {type}. Add one.");
    }

    private static string Format(JsonNode? value) => value switch
    {
        null => "null",
        JsonArray list => string.Join(' ', list.Select(Format)),
        JsonObject hashes => string.Join(
            ' ', hashes.Where(entry => entry.Key != OwnName).Select(entry => $"{entry.Key}:{Format(entry.Value)}")),
        JsonValue number when number.GetValueKind() == JsonValueKind.Number =>
            number.GetValue<double>().ToString("R", CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };
}
