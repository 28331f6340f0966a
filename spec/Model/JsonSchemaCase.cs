using System.Text.Json;
using TurkishLlm.Files;

namespace TurkishLlm.Spec.Model;

/// <summary>A JSON Schema, with keywords that an impostor may lose.</summary>
/// <param name="Name">What the schema is about.</param>
/// <param name="Schema">The schema.</param>
public sealed record JsonSchemaCase(string Name, string Schema)
{
    internal JsonElement Element => StrictJson.Parse(Schema, Name).RootElement;

    /// <summary>Returns the reason why a text is not a value of the schema; null if it is one.</summary>
    internal string? FindProblem(string text)
    {
        try
        {
            using var json = StrictJson.Parse(text, "text");
            return FindProblem(json.RootElement, Element, "value");
        }
        catch (InvalidDataException error)
        {
            return error.Message;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static string? FindProblem(JsonElement value, JsonElement schema, string path)
    {
        if (schema.TryGetProperty("const", out var constant))
            return JsonElement.DeepEquals(constant, value) ? null : $"{path} is another constant";
        if (schema.TryGetProperty("enum", out var values))
            return values.EnumerateArray().Any(allowed => JsonElement.DeepEquals(allowed, value))
                ? null
                : $"{path} is not listed";
        if (schema.TryGetProperty("anyOf", out var any))
            return any.EnumerateArray().Any(one => FindProblem(value, one, path) is null) ? null : $"{path} has no alternative";
        var types = !schema.TryGetProperty("type", out var type) ? []
            : type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(name => name.GetString()!).ToArray()
            : [type.GetString()!];
        if (types.Length > 0 && !types.Any(name => HasType(value, name))) return $"{path} has another type";
        return value.ValueKind switch
        {
            JsonValueKind.Object => FindProblemInObject(value, schema, path),
            JsonValueKind.Array => FindProblemInArray(value, schema, path),
            _ => null,
        };
    }

    private static bool HasType(JsonElement value, string name) => (name, value.ValueKind) switch
    {
        ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) or ("string", JsonValueKind.String) => true,
        ("number", JsonValueKind.Number) or ("null", JsonValueKind.Null) => true,
        ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        ("integer", JsonValueKind.Number) => value.TryGetInt64(out _),
        _ => false,
    };

    private static string? FindProblemInObject(JsonElement value, JsonElement schema, string path)
    {
        if (schema.TryGetProperty("required", out var required))
            foreach (var name in required.EnumerateArray())
                if (!value.TryGetProperty(name.GetString()!, out _)) return $"{path} lacks {name}";
        if (!schema.TryGetProperty("properties", out var properties)) return null;
        foreach (var property in value.EnumerateObject())
        {
            if (!properties.TryGetProperty(property.Name, out var known)) return $"{path} has {property.Name}";
            if (FindProblem(property.Value, known, $"{path}.{property.Name}") is { } problem) return problem;
        }
        return null;
    }

    private static string? FindProblemInArray(JsonElement value, JsonElement schema, string path)
    {
        var count = value.GetArrayLength();
        if (schema.TryGetProperty("minItems", out var least) && count < least.GetInt32()) return $"{path} has {count} items";
        if (schema.TryGetProperty("maxItems", out var most) && count > most.GetInt32()) return $"{path} has {count} items";
        return schema.TryGetProperty("items", out var items)
            ? value.EnumerateArray().Select((item, i) => FindProblem(item, items, $"{path}[{i}]"))
                .FirstOrDefault(problem => problem is not null)
            : null;
    }
}
