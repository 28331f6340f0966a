using TurkishLlm.Inference.Constraints;

namespace TurkishLlm.Server.Api;

/// <summary>The field <c>response_format</c>.</summary>
internal static class ResponseFormat
{
    private const string Name = "response_format";

    /// <summary>Returns the grammar of the answer; null for any text.</summary>
    public static Grammar? Read(RequestFields fields)
    {
        if (fields.GetObject(Name) is not { } format) return null;
        switch (format.GetString("type"))
        {
            case "text": return null;
            case "json_object": return Grammar.JsonObject;
            case "json_schema": break;
            default:
                throw ApiException.Invalid(
                    $"{Name}.type must be text, json_object or json_schema.", $"{Name}.type", "invalid_value");
        }
        var schema = format.GetObject("json_schema")
            ?? throw ApiException.Invalid($"{Name}.json_schema is missing.", $"{Name}.json_schema", "missing_field");
        if (schema.GetObject("schema") is null) return Grammar.JsonObject;
        try
        {
            return Grammar.FromJsonSchema(schema.Find("schema")!.Value);
        }
        catch (JsonSchemaException error)
        {
            var path = $"{Name}.json_schema.schema{(error.Path.Length == 0 ? "" : ".")}{error.Path}";
            throw ApiException.Invalid(error.Message, path, "unsupported_schema");
        }
    }
}
