using System.Text.Json;

namespace TurkishLlm.Server.Api;

/// <summary>The fields <c>tools</c> and <c>tool_choice</c>.</summary>
internal static class ToolFields
{
    private const int MaxTools = 128;

    /// <summary>Returns the definitions of the functions that the model may call.</summary>
    public static IReadOnlyList<JsonElement> Read(RequestFields fields)
    {
        var tools = fields.GetList("tools");
        if (tools.Count > MaxTools)
            throw ApiException.Invalid(
                FormattableString.Invariant($"tools has {tools.Count} tools; at most {MaxTools} are supported."), "tools");
        var functions = tools.Select((tool, i) => ReadFunction(tool, FormattableString.Invariant($"tools[{i}]"))).ToArray();
        return AreAllowed(fields) ? functions : [];
    }

    /// <summary>Returns false if the request forbids all tools, also those of the server.</summary>
    public static bool AreAllowed(RequestFields fields) => ReadChoice(fields) != "none";

    private static JsonElement ReadFunction(JsonElement tool, string path)
    {
        if (tool.ValueKind != JsonValueKind.Object)
            throw ApiException.Invalid($"{path} must be an object.", path, "invalid_type");
        var fields = new RequestFields(tool, path + ".");
        if (fields.GetString("type") is { } type and not "function")
            throw ApiException.Invalid($"{path}.type is {type}; only function is supported.", path + ".type");
        var function = fields.GetObject("function")
            ?? throw ApiException.Invalid($"{path}.function is missing.", path + ".function", "missing_field");
        if (string.IsNullOrWhiteSpace(function.GetString("name")))
            throw ApiException.Invalid($"{path}.function.name is missing.", path + ".function.name", "missing_field");
        _ = (function.GetString("description"), function.GetObject("parameters"));
        return tool.GetProperty("function");
    }

    private static string ReadChoice(RequestFields fields)
    {
        if (fields.Find("tool_choice") is not { } value) return "auto";
        if (value.ValueKind == JsonValueKind.String && value.GetString() is "auto" or "none") return value.GetString()!;
        throw ApiException.Invalid(
            "tool_choice must be auto or none: the model itself decides whether to call a tool.", "tool_choice",
            "unsupported_parameter");
    }
}
