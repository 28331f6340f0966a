using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using TurkishLlm.Files;
using TurkishLlm.Inference.Batching;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Constraints;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Tokenization.Chat;
using Message = TurkishLlm.Tokenization.Chat.ChatMessage;
using Role = TurkishLlm.Tokenization.Chat.ChatRole;

namespace TurkishLlm.Extensions;

/// <summary>
/// Reads the options of Microsoft.Extensions.AI. Options that would change the answer and are not supported are refused.
/// </summary>
internal static class ChatOptionsReader
{
    /// <summary>The defaults of <c>turkishllm chat</c>.</summary>
    public static SamplingOptions Defaults { get; } = new() { MaxTokens = 256, Temperature = 0, TopK = 40, TopP = 0.95 };

    /// <exception cref="ArgumentException">The conversation is too long.</exception>
    /// <exception cref="NotSupportedException">An option is not supported.</exception>
    public static TextRequest Read(LocalModel model, SamplingOptions defaults, Conversation conversation, ChatOptions? options)
    {
        options ??= new();
        if (options.FrequencyPenalty is not (null or 0) || options.PresencePenalty is not (null or 0))
            throw new NotSupportedException(
                "Frequency and presence penalties are not supported; set RepetitionPenalty of the defaults.");
        if (options.ToolMode is not (null or AutoChatToolMode or NoneChatToolMode))
            throw new NotSupportedException(
                "Only the tool modes auto and none are supported: the model decides whether to call a tool.");
        conversation = AddInstructions(conversation, options.Instructions);
        if (options.ToolMode is not NoneChatToolMode)
            conversation = ToolPrompt.AddTools(conversation, model.Template.System, ReadTools(options.Tools));
        return new(model.Template.RenderPrompt(conversation), new()
        {
            MaxTokens = options.MaxOutputTokens ?? defaults.MaxTokens,
            Temperature = options.Temperature ?? defaults.Temperature,
            TopP = options.TopP ?? defaults.TopP,
            TopK = options.TopK ?? defaults.TopK,
            RepetitionPenalty = defaults.RepetitionPenalty,
            Seed = options.Seed ?? defaults.Seed,
        })
        {
            StopSequences = [.. options.StopSequences ?? []],
            Grammar = ReadFormat(options.ResponseFormat),
        };
    }

    // Instructions come before the system message, as in other clients.
    private static Conversation AddInstructions(Conversation conversation, string? instructions)
    {
        if (string.IsNullOrWhiteSpace(instructions)) return conversation;
        var hasSystem = conversation.Messages[0].Role == Role.System;
        var system = hasSystem ? $"{instructions}\n\n{conversation.Messages[0].Text}" : instructions;
        return new([Message.System(system), .. conversation.Messages.Skip(hasSystem ? 1 : 0)]);
    }

    private static IReadOnlyList<JsonElement> ReadTools(IList<AITool>? tools) =>
    [
        .. (tools ?? []).Select(tool => tool is AIFunctionDeclaration function
            ? Describe(function)
            : throw new NotSupportedException($"The tool {tool.Name} is not a function; only functions are supported.")),
    ];

    private static JsonElement Describe(AIFunctionDeclaration function)
    {
        var description = new JsonObject
        {
            ["name"] = function.Name,
            ["description"] = function.Description,
            ["parameters"] = JsonObject.Create(function.JsonSchema),
        };
        using var json = StrictJson.Parse(description.ToJsonString(), function.Name);
        return json.RootElement.Clone();
    }

    private static Grammar? ReadFormat(ChatResponseFormat? format) => format switch
    {
        ChatResponseFormatJson { Schema: { } schema } => FromSchema(schema),
        ChatResponseFormatJson => Grammar.JsonObject,
        _ => null,
    };

    private static Grammar FromSchema(JsonElement schema)
    {
        try
        {
            return Grammar.FromJsonSchema(schema);
        }
        catch (JsonSchemaException error)
        {
            throw new NotSupportedException($"{error.Message} ({error.Path})", error);
        }
    }
}
