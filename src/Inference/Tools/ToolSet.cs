using System.Text.Json;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Files;

namespace TurkishLlm.Inference.Tools;

/// <summary>The tools that a model may call, with their definitions as the model reads them.</summary>
public sealed class ToolSet
{
    private const int MaxNameLength = 128;

    /// <param name="tools">The tools, in the order in which the model reads them.</param>
    /// <exception cref="ArgumentException">
    /// Two tools have the same name, a name is not one word, or a schema is not a JSON object.
    /// </exception>
    public ToolSet(params IReadOnlyList<ITool> tools)
    {
        ArgumentNullException.ThrowIfNull(tools);
        Tools = [.. tools];
        foreach (var tool in Tools) CheckName(tool.Name);
        if (Tools.GroupBy(tool => tool.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"Two tools have the name {twice.Key}; give each a name of its own.", nameof(tools));
        Definitions = [.. Tools.Select(Define)];
    }

    /// <summary>The tools.</summary>
    public IReadOnlyList<ITool> Tools { get; }

    /// <summary>Definitions for the system prompt: <c>{"name":…,"description":…,"parameters":…}</c>.</summary>
    public IReadOnlyList<JsonElement> Definitions { get; }

    /// <summary>Returns a tool by its name; null for an unknown name.</summary>
    public ITool? Find(string name) => Tools.FirstOrDefault(tool => tool.Name == name);

    /// <summary>Returns the set without some tools, such as those that a client defines itself.</summary>
    public ToolSet Without(IReadOnlySet<string> names) => new([.. Tools.Where(tool => !names.Contains(tool.Name))]);

    private static void CheckName(string name)
    {
        if (name.Length is 0 or > MaxNameLength || !name.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '.'))
            throw new ArgumentException(FormattableString.Invariant(
                $"\"{name}\" is not the name of a tool: use 1 to {MaxNameLength} letters, digits, _, - and dots."), nameof(name));
    }

    private static JsonElement Define(ITool tool)
    {
        using var schema = ParseSchema(tool);
        var text = $"{{\"name\":{CompactJson.WriteString(tool.Name)},\"description\":{CompactJson.WriteString(tool.Description)},"
            + $"\"parameters\":{CompactJson.Write(schema.RootElement)}}}";
        using var definition = StrictJson.Parse(text, tool.Name);
        return definition.RootElement.Clone();
    }

    private static JsonDocument ParseSchema(ITool tool)
    {
        try
        {
            var schema = StrictJson.Parse(tool.ArgumentSchema, $"the schema of {tool.Name}");
            return schema.RootElement.ValueKind == JsonValueKind.Object ? schema
                : throw new InvalidDataException($"the schema of {tool.Name} must be an object.");
        }
        catch (InvalidDataException error)
        {
            throw new ArgumentException(error.Message, nameof(tool), error);
        }
    }
}
