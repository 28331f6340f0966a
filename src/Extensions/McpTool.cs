using System.Text.Json;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Inference.Tools;

namespace TurkishLlm.Extensions;

/// <summary>A tool of an MCP server.</summary>
/// <param name="tool">The tool as the server describes it.</param>
internal sealed class McpTool(McpClientTool tool) : ITool
{
    public string Name => tool.Name;

    public string Description => tool.Description;

    public string ArgumentSchema { get; } = CompactJson.Write(tool.JsonSchema);

    public async Task<string> InvokeAsync(ToolArguments arguments, CancellationToken cancellationToken)
    {
        var given = arguments.Json.EnumerateObject().ToDictionary(
            argument => argument.Name, argument => (object?)argument.Value, StringComparer.Ordinal);
        var result = await tool.CallAsync(given, cancellationToken: cancellationToken).ConfigureAwait(false);
        var text = string.Join('\n', result.Content.Select(Describe));
        if (result.IsError is true) throw new ToolException(text);
        return text.Length == 0 && result.StructuredContent is { ValueKind: not JsonValueKind.Undefined } json
            ? CompactJson.Write(json)
            : text;
    }

    // The model reads text only.
    private static string Describe(ContentBlock content) =>
        content is TextContentBlock text ? text.Text : $"({content.Type}: metin değil)";
}
