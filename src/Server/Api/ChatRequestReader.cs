using System.Text.Json;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Inference.Batching;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Constraints;
using TurkishLlm.Inference.Tools;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Server.Api;

/// <summary>Reads requests to <c>/v1/chat/completions</c>.</summary>
/// <param name="parts">The scheduler, defaults and limits, and tools of the server.</param>
/// <param name="template">The chat template of the model.</param>
/// <param name="findPassages">Searches the documentation; null for none.</param>
/// <param name="nextSeed">Returns the seed of a request without one.</param>
internal sealed class ChatRequestReader(
    ServerParts parts, ChatTemplate template, FindPassages? findPassages, Func<long> nextSeed)
{
    private const int MaxTopLogprobs = 20;

    /// <exception cref="ApiException">A field is invalid, or the conversation is too long.</exception>
    public GenerationCall Read(RequestFields fields, string client)
    {
        ModelField.Check(fields, parts.Options);
        var sampling = SamplingFields.Read(fields, parts.Options, nextSeed, parts.Scheduler.Config.VocabSize);
        var conversation = ReadConversation(fields);
        var found = FindPassages(conversation);
        var (shown, passages) = FitPassages(conversation, found, sampling.Options.MaxTokens);
        var request = new TextRequest(Render(shown), sampling.Options)
        {
            StopSequences = sampling.StopSequences,
            LogitBias = sampling.LogitBias,
            TopLogprobs = ReadLogprobs(fields),
            Grammar = ResponseFormat.Read(fields),
            Client = client + sampling.User,
        };
        return new([.. GenerationCall.Repeat(request, sampling.Choices)], sampling, passages)
        {
            Conversation = shown, Tools = CreateLoop(fields),
        };
    }

    /// <summary>Reads the conversation of a request, with its tools in the system prompt.</summary>
    public Conversation ReadConversation(RequestFields fields)
    {
        var messages = fields.Find("messages")
            ?? throw ApiException.Invalid("messages is missing; give a list of messages.", "messages", "missing_field");
        try
        {
            var conversation = ConversationReader.ReadMessages(messages);
            if (!conversation.AwaitsAnswer)
                throw new InvalidDataException(
                    "messages ends with an answer; the last message must be a question or the output of a tool.");
            return ToolPrompt.AddTools(
                conversation, template.System, [.. FindServed(fields)?.Definitions ?? [], .. ToolFields.Read(fields)]);
        }
        catch (InvalidDataException error)
        {
            throw ApiException.Invalid(error.Message, "messages");
        }
    }

    // A tool of the client takes the place of one of the server with the same name.
    private ToolSet? FindServed(RequestFields fields) => parts.Tools is null || !ToolFields.AreAllowed(fields) ? null
        : parts.Tools.Tools.Without(FindClientTools(fields));

    private ToolLoop? CreateLoop(RequestFields fields) => FindServed(fields) is { Tools.Count: > 0 } served
        ? new(served, template, parts.Scheduler.Tokenizer, parts.Scheduler.ContextLength, parts.Tools!.Limits, parts.Clock)
        {
            ClientTools = FindClientTools(fields),
        }
        : null;

    private static HashSet<string> FindClientTools(RequestFields fields) =>
        [.. ToolFields.Read(fields).Select(function => function.GetProperty("name").GetString()!)];

    private static int? ReadLogprobs(RequestFields fields)
    {
        var top = fields.GetInteger("top_logprobs", 0, MaxTopLogprobs);
        if (fields.GetBoolean("logprobs")) return top ?? 0;
        return top is null or 0 ? null : throw ApiException.Invalid("top_logprobs needs logprobs: true.", "top_logprobs");
    }

    private IReadOnlyList<Passage> FindPassages(Conversation conversation) =>
        conversation.Messages[^1] is { Role: ChatRole.User, Context.Count: 0 } question && findPassages is not null
            ? findPassages(question.Text)
            : [];

    // Passages are shortened or dropped if they do not fit; the conversation itself is the client's.
    private (Conversation Shown, IReadOnlyList<Passage> Passages) FitPassages(
        Conversation conversation, IReadOnlyList<Passage> passages, int maxTokens)
    {
        if (passages.Count == 0) return (conversation, []);
        var length = parts.Scheduler.ContextLength;
        var reserved = Math.Clamp(length / 4, 1, maxTokens);
        var question = ChatMessage.User(conversation.Messages[^1].Text, [.. passages.Select(passage => passage.Text)]);
        var grounded = new Conversation([.. conversation.Messages.SkipLast(1), question]);
        var header = template.RenderPrompt(grounded).Count - template.Render(grounded).Ids.Count;
        return ContextTruncator.Truncate(template, parts.Scheduler.Tokenizer, grounded, length - reserved - header) is { } fitting
            ? (fitting, passages)
            : (conversation, []);
    }

    private IReadOnlyList<int> Render(Conversation conversation)
    {
        var (prompt, length) = (template.RenderPrompt(conversation), parts.Scheduler.ContextLength);
        return prompt.Count < length ? prompt : throw ApiException.Invalid(FormattableString.Invariant(
            $"The conversation has {prompt.Count} tokens; the model's context of {length} must also hold the answer. ")
                + "Shorten the conversation.", "messages", "context_length_exceeded");
    }
}
