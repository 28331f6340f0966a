using System.Text.Json;
using Microsoft.Extensions.AI;
using TurkishLlm.Files;
using TurkishLlm.Inference.Tools;

namespace TurkishLlm.Extensions;

/// <summary>A tool of this project as a function of Microsoft.Extensions.AI, for <c>ChatOptions.Tools</c>.</summary>
/// <param name="tool">The tool, such as a <see cref="CalculatorTool"/>.</param>
public sealed class ToolFunction(ITool tool) : AIFunction
{
    /// <inheritdoc/>
    public override string Name => tool.Name;

    /// <inheritdoc/>
    public override string Description => tool.Description;

    /// <inheritdoc/>
    public override JsonElement JsonSchema { get; } = Parse(tool.ArgumentSchema, tool.Name);

    /// <inheritdoc/>
    protected override async ValueTask<object?> InvokeCoreAsync(
        AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var given = JsonSerializer.Serialize(
            arguments.ToDictionary(argument => argument.Key, argument => argument.Value),
            AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(IDictionary<string, object?>)));
        try
        {
            return await tool.InvokeAsync(new(Parse(given, tool.Name)), cancellationToken).ConfigureAwait(false);
        }
        catch (ToolException error)
        {
            return ToolErrors.Failed(error.Message);
        }
    }

    private static JsonElement Parse(string json, string name)
    {
        using var parsed = StrictJson.Parse(json, name);
        return parsed.RootElement.Clone();
    }
}
