using System.Text.Json;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Inference.Chat;

/// <summary>Describes tools to a model in its system prompt: the template has no other place for them.</summary>
public static class ToolPrompt
{
    private const string Introduction =
        "Kullanabileceğin araçlar aşağıdadır. Bir araç gerekiyorsa onu adı ve argümanlarıyla JSON olarak çağır.";

    /// <summary>Adds tools to the system prompt of a conversation.</summary>
    /// <param name="conversation">The conversation.</param>
    /// <param name="defaultSystem">The system prompt of conversations without one; null for none.</param>
    /// <param name="tools">Definitions of the tools, such as <c>{"name":…,"description":…,"parameters":…}</c>.</param>
    public static Conversation AddTools(Conversation conversation, string? defaultSystem, IReadOnlyList<JsonElement> tools)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        ArgumentNullException.ThrowIfNull(tools);
        if (tools.Count == 0) return conversation;
        var hasSystem = conversation.Messages[0].Role == ChatRole.System;
        var system = hasSystem ? conversation.Messages[0].Text : defaultSystem;
        return new([ChatMessage.System(Describe(system, tools)), .. conversation.Messages.Skip(hasSystem ? 1 : 0)]);
    }

    /// <summary>Returns a system prompt with tools; training rows of tool calls should have the same.</summary>
    /// <param name="system">The system prompt; null for none.</param>
    /// <param name="tools">Definitions of the tools, at least one.</param>
    public static string Describe(string? system, IReadOnlyList<JsonElement> tools)
    {
        var text = string.Join('\n', [Introduction, .. tools.Select(CompactJson.Write)]);
        return system is null ? text : $"{system}\n\n{text}";
    }
}
