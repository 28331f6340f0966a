namespace TurkishLlm.Data.Conversations;

/// <summary>Role names of other tools. Case and blanks around a name make no difference.</summary>
internal static class RoleName
{
    /// <summary>The role of a message that is a tool call only.</summary>
    public const string FunctionCall = "function_call";

    /// <summary>Returns system, user, assistant, tool or <see cref="FunctionCall"/>.</summary>
    /// <exception cref="InvalidDataException">The role is unknown.</exception>
    public static string Parse(JsonRow message, string role) => TryParse(role)
        ?? throw message.CreateException($"the role \"{role}\" is unknown; use system, user, assistant or tool.");

    public static string? TryParse(string role) => role.Trim().ToLowerInvariant() switch
    {
        "system" or "developer" => "system",
        "user" or "human" or "prompter" => "user",
        "assistant" or "gpt" or "chatgpt" or "model" or "bot" or "chatbot" or "ai" => "assistant",
        "tool" or "ipython" or "function" or "observation" or "tool_response" or "function_response" => "tool",
        FunctionCall or "tool_call" => FunctionCall,
        _ => null,
    };
}
