using Microsoft.AspNetCore.Http;
using TurkishLlm.Server.Protocol;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Server.Api;

/// <summary><c>POST /tokenize</c> and <c>POST /detokenize</c></summary>
internal sealed class TokenEndpoints(ServerParts parts, ChatRequestReader? chats)
{
    /// <summary>Encodes a text (<c>content</c> or <c>prompt</c>), or counts the prompt of <c>messages</c>.</summary>
    public async Task TokenizeAsync(HttpContext context)
    {
        using var body = await RequestBody.ReadAsync(context, parts.Options.MaxBodyBytes);
        var fields = new RequestFields(body.RootElement);
        var ids = Encode(fields);
        await JsonReply.WriteAsync(
            context, new(ids, ids.Count, parts.Scheduler.ContextLength), ReplyJson.Readable.TokenizeReply);
    }

    public async Task DetokenizeAsync(HttpContext context)
    {
        using var body = await RequestBody.ReadAsync(context, parts.Options.MaxBodyBytes);
        var fields = new RequestFields(body.RootElement);
        var tokens = fields.Find("tokens") ?? throw ApiException.Invalid("tokens is missing.", "tokens", "missing_field");
        if (tokens.ValueKind != System.Text.Json.JsonValueKind.Array)
            throw fields.WrongType("tokens", tokens, "a list of token ids");
        var ids = TokenField.Read(fields, "tokens", tokens, parts.Scheduler.Tokenizer.VocabularySize);
        await JsonReply.WriteAsync(
            context, new(parts.Scheduler.Tokenizer.Decode(ids)), ReplyJson.Readable.DetokenizeReply);
    }

    private IReadOnlyList<int> Encode(RequestFields fields)
    {
        if (fields.Find("messages") is not null)
            return chats is null || parts.Template is null
                ? throw NoTemplate()
                : parts.Template.RenderPrompt(chats.ReadConversation(fields));
        var text = fields.GetString("content") ?? fields.GetString("prompt")
            ?? throw ApiException.Invalid("content is missing; give a text, or messages.", "content", "missing_field");
        var ids = parts.Scheduler.Tokenizer.EncodeToIds(TextNormalizer.ToNfc(text));
        return fields.GetBoolean("add_special") ? [SpecialTokens.BeginOfText, .. ids] : ids;
    }

    public static ApiException NoTemplate() => new(
        404, "The model was not trained on conversations, so it has no chat template. Use /v1/completions, or serve a "
            + "fine-tuned model.", code: "no_chat_template");
}
