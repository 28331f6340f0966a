using System.Text.Json;
using TurkishLlm.Data.Conversations;

namespace TurkishLlm.Inference.Constraints;

/// <summary>Compiles a JSON Schema to a grammar. Keywords that it cannot honor are refused by name.</summary>
internal sealed class JsonSchemaCompiler
{
    private const int MaxDepth = 32, MaxSchemas = 2_000, MaxItemLimit = 1_000;

    private static readonly string[] Types = ["object", "array", "string", "integer", "number", "boolean", "null"];

    // Keywords that say nothing about which values are valid.
    private static readonly string[] Annotations =
        ["$schema", "$id", "$comment", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"];

    private static readonly string[] Known =
        ["type", "properties", "required", "enum", "const", "items", "minItems", "maxItems", "anyOf", "additionalProperties"];

    private int _schemas;

    public Rule Compile(JsonElement schema) => Compile(schema, "", 0);

    private Rule Compile(JsonElement schema, string path, int depth)
    {
        if (++_schemas > MaxSchemas || depth > MaxDepth)
            throw new JsonSchemaException(FormattableString.Invariant(
                $"The schema is too large: at most {MaxSchemas} schemas, nested {MaxDepth} deep, are supported."), path);
        if (schema.ValueKind == JsonValueKind.True) return JsonRules.Value;
        if (schema.ValueKind != JsonValueKind.Object) throw Wrong(path, schema, "an object");
        foreach (var keyword in schema.EnumerateObject())
            if (!Known.Contains(keyword.Name) && !Annotations.Contains(keyword.Name))
                throw new JsonSchemaException(
                    $"The keyword \"{keyword.Name}\" of JSON Schema is not supported. Supported: {string.Join(", ", Known)}.",
                    Join(path, keyword.Name));
        ThrowIfCombined(schema, path);
        if (schema.TryGetProperty("const", out var constant)) return Rule.Literal(CompactJson.Write(constant));
        if (schema.TryGetProperty("enum", out var values)) return CompileEnum(values, Join(path, "enum"));
        if (schema.TryGetProperty("anyOf", out var any)) return CompileAnyOf(any, Join(path, "anyOf"), depth);
        return Rule.Choice([.. ReadTypes(schema, path).Select(type => CompileType(schema, type, path, depth))]);
    }

    // The values would have to satisfy both; a type beside listed values is redundant.
    private static void ThrowIfCombined(JsonElement schema, string path)
    {
        var used = schema.EnumerateObject().Select(keyword => keyword.Name).Where(Known.Contains).ToArray();
        if (used.FirstOrDefault(name => name is "const" or "enum" or "anyOf") is not { } alone) return;
        if (used.FirstOrDefault(name => name != alone && (name != "type" || alone == "anyOf")) is { } other)
            throw new JsonSchemaException(
                $"\"{alone}\" and \"{other}\" in one schema are not supported. Move \"{other}\" into the alternatives, or remove "
                    + "it.",
                Join(path, other));
    }

    private Rule CompileType(JsonElement schema, string type, string path, int depth) => type switch
    {
        "object" => CompileObject(schema, path, depth),
        "array" => CompileArray(schema, path, depth),
        "string" => JsonRules.String,
        "integer" => JsonRules.Integer,
        "number" => JsonRules.Number,
        "boolean" => JsonRules.Boolean,
        _ => JsonRules.Null,
    };

    private static string[] ReadTypes(JsonElement schema, string path)
    {
        if (!schema.TryGetProperty("type", out var type))
            return schema.TryGetProperty("properties", out _) ? ["object"]
                : schema.TryGetProperty("items", out _) ? ["array"]
                : Types.Except(["integer"]).ToArray();
        var names = type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().ToArray() : [type];
        if (names.Length == 0) throw Wrong(Join(path, "type"), type, "a type or a list of types");
        foreach (var name in names)
            if (name.ValueKind != JsonValueKind.String || !Types.Contains(name.GetString()))
                throw Wrong(Join(path, "type"), name, $"one of {string.Join(", ", Types)}");
        return [.. names.Select(name => name.GetString()!)];
    }

    private static Rule CompileEnum(JsonElement values, string path) =>
        values.ValueKind == JsonValueKind.Array && values.GetArrayLength() > 0
            ? Rule.Choice([.. values.EnumerateArray().Select(value => Rule.Literal(CompactJson.Write(value)))])
            : throw Wrong(path, values, "a list of at least one value");

    private Rule CompileAnyOf(JsonElement schemas, string path, int depth) =>
        schemas.ValueKind == JsonValueKind.Array && schemas.GetArrayLength() > 0
            ? Rule.Choice([
                .. schemas.EnumerateArray().Select((schema, i) =>
                    Compile(schema, Join(path, FormattableString.Invariant($"{i}")), depth + 1)),
            ])
            : throw Wrong(path, schemas, "a list of at least one schema");

    private Rule CompileArray(JsonElement schema, string path, int depth)
    {
        var item = schema.TryGetProperty("items", out var items)
            ? Compile(items, Join(path, "items"), depth + 1)
            : JsonRules.Value;
        var minimum = ReadCount(schema, "minItems", path) ?? 0;
        var maximum = ReadCount(schema, "maxItems", path);
        if (maximum < minimum)
            throw new JsonSchemaException(FormattableString.Invariant(
                $"maxItems is {maximum}, less than minItems, which is {minimum}."), Join(path, "maxItems"));
        return JsonRules.List("[", item, minimum, maximum, "]");
    }

    private static int? ReadCount(JsonElement schema, string keyword, string path) =>
        !schema.TryGetProperty(keyword, out var value) ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var count) && count is >= 0 and <= MaxItemLimit ? count
        : throw Wrong(Join(path, keyword), value, FormattableString.Invariant($"an integer from 0 to {MaxItemLimit}"));

    private Rule CompileObject(JsonElement schema, string path, int depth)
    {
        var isClosed = ReadIsClosed(schema, path);
        if (!schema.TryGetProperty("properties", out var properties))
        {
            ReadRequired(schema, path, []);
            return isClosed ? Rule.Literal("{}") : JsonRules.Object;
        }
        if (properties.ValueKind != JsonValueKind.Object) throw Wrong(Join(path, "properties"), properties, "an object");
        var compiled = properties.EnumerateObject().Select(property =>
        {
            var value = Compile(property.Value, Join(Join(path, "properties"), property.Name), depth + 1);
            var key = Rule.Literal(CompactJson.WriteString(property.Name));
            return (property.Name, Pair: Rule.Sequence(key, JsonRules.Colon, value));
        }).ToArray();
        var required = ReadRequired(schema, path, [.. compiled.Select(property => property.Name)]);
        // What follows a property, if it is the first of the object and if it is not.
        Rule first = Rule.Literal(""), further = Rule.Literal("");
        foreach (var (name, pair) in compiled.Reverse())
        {
            var (withFirst, withFurther) = (Rule.Sequence(pair, further), Rule.Sequence(JsonRules.Comma, pair, further));
            (first, further) = required.Contains(name)
                ? (withFirst, withFurther)
                : (Rule.Choice(withFirst, first), Rule.Choice(withFurther, further));
        }
        return Rule.Sequence(Rule.Literal("{"), first, Rule.Literal("}"));
    }

    private static bool ReadIsClosed(JsonElement schema, string path) =>
        schema.TryGetProperty("additionalProperties", out var value)
        && (value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.ValueKind == JsonValueKind.False
            : throw Wrong(Join(path, "additionalProperties"), value, "true or false; schemas are not supported"));

    private static IReadOnlyList<string> ReadRequired(JsonElement schema, string path, IReadOnlyList<string> properties)
    {
        if (!schema.TryGetProperty("required", out var required)) return [];
        if (required.ValueKind != JsonValueKind.Array) throw Wrong(Join(path, "required"), required, "a list of names");
        foreach (var name in required.EnumerateArray())
            if (name.ValueKind != JsonValueKind.String || !properties.Contains(name.GetString()))
                throw Wrong(Join(path, "required"), name, "a name of \"properties\"");
        return [.. required.EnumerateArray().Select(name => name.GetString()!)];
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static JsonSchemaException Wrong(string path, JsonElement value, string expected) =>
        new($"{(path.Length == 0 ? "The schema" : $"\"{path}\" of the schema")} is {CompactJson.WriteExcerpt(value)}; it must be "
            + $"{expected}.", path);
}
