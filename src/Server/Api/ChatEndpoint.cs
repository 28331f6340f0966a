using Microsoft.AspNetCore.Http;
using TurkishLlm.Inference.Batching;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Server.Protocol;

namespace TurkishLlm.Server.Api;

/// <summary><c>POST /v1/chat/completions</c></summary>
internal sealed class ChatEndpoint(ServerParts parts, ChatRequestReader reader)
{
    private readonly TokenText _tokens = new(parts.Scheduler.Tokenizer);

    public async Task RunAsync(HttpContext context)
    {
        using var body = await RequestBody.ReadAsync(context, parts.Options.MaxBodyBytes);
        var call = reader.Read(new(body.RootElement), ClientName.Of(context));
        var texts = Submission.Submit(parts.Scheduler, call, context);
        var head = ReplyHead.Create("chatcmpl", context, parts.Options.ModelName, parts.Fingerprint, parts.Clock);
        if (call.Sampling.IsStreamed) await StreamAsync(context, texts, head);
        else await ReplyAsync(context, texts, head);
    }

    private async Task ReplyAsync(HttpContext context, Submission texts, ReplyHead head)
    {
        var results = await Task.WhenAll(texts.Streams.Select((_, i) => texts.GetResultAsync(i)));
        context.RequestAborted.ThrowIfCancellationRequested();
        var choices = new List<ChatChoice>();
        foreach (var (i, result) in results.Index())
            choices.Add(new(i)
            {
                Message = CreateMessage(head, i, result.Answer) with { Role = "assistant" },
                FinishReason = FinishReasons.Of(result.Answer),
                Logprobs = _tokens.ForChat(await ReadTokensAsync(texts.Streams[i])),
            });
        await JsonReply.WriteAsync(
            context,
            Begin(head, "chat.completion", choices, texts.Call) with { Usage = texts.CountTokens(results) },
            ReplyJson.Readable.ChatCompletion);
    }

    private async Task StreamAsync(HttpContext context, Submission texts, ReplyHead head)
    {
        using var events = new EventStream(context);
        await events.StartAsync();
        try
        {
            var first = texts.Streams.Select((_, i) => new ChatChoice(i) { Delta = new() { Role = "assistant", Content = "" } });
            await events.WriteAsync(
                Begin(head, "chat.completion.chunk", [.. first], texts.Call), ReplyJson.Readable.ChatCompletion);
            var results = await Task.WhenAll(texts.Streams.Select((_, i) => StreamChoiceAsync(events, texts, head, i)));
            if (texts.Call.Sampling.IncludesUsage)
                await events.WriteAsync(
                    Chunk(head) with { Usage = texts.CountTokens(results) }, ReplyJson.Readable.ChatCompletion);
            await events.EndAsync();
        }
        catch (Exception error) when (error is not (OperationCanceledException or IOException))
        {
            context.Features.Get<RequestFacts>()!.Failure = error;
            await events.WriteErrorAsync(ApiException.Explain(error));
        }
    }

    private async Task<TextResult> StreamChoiceAsync(EventStream events, Submission texts, ReplyHead head, int index)
    {
        await foreach (var part in texts.Streams[index].Parts.ReadAllAsync())
            await events.WriteAsync(
                Chunk(head, new ChatChoice(index)
                {
                    Delta = new() { Content = part.Text }, Logprobs = _tokens.ForChat([part.Token]),
                }),
                ReplyJson.Readable.ChatCompletion);
        var result = await texts.GetResultAsync(index);
        var message = CreateMessage(head, index, result.Answer);
        await events.WriteAsync(
            Chunk(head, new ChatChoice(index)
            {
                Delta = message with { Content = null }, FinishReason = FinishReasons.Of(result.Answer),
            }),
            ReplyJson.Readable.ChatCompletion);
        return result;
    }

    private static ChatCompletion Chunk(ReplyHead head, params IReadOnlyList<ChatChoice> choices) =>
        new(head.Id, "chat.completion.chunk", head.Created, head.Model, choices) { SystemFingerprint = head.Fingerprint };

    private static ChatCompletion Begin(
        ReplyHead head, string kind, IReadOnlyList<ChatChoice> choices, GenerationCall call) =>
        new(head.Id, kind, head.Created, head.Model, choices)
        {
            SystemFingerprint = head.Fingerprint,
            Seed = call.Sampling.Options.Seed,
            Passages = call.Passages.Count == 0 ? null
                : [.. call.Passages.Select((found, i) => new CitedPassage(i + 1, found.Source, found.Text, found.Score))],
        };

    private static ReplyMessage CreateMessage(ReplyHead head, int index, Answer answer)
    {
        if (answer.ToolCall is not { } text) return new() { Content = answer.Text };
        return ToolCall.TryParse(text) is { } call
            ? new()
            {
                Content = answer.Text,
                ToolCalls =
                [
                    new(0, FormattableString.Invariant($"call-{head.Id}-{index}"), "function", new(call.Name, call.Arguments)),
                ],
            }
            : new() { Content = answer.Text, ToolCallText = text };
    }

    private static async Task<IReadOnlyList<TokenLogprob?>> ReadTokensAsync(GeneratedText stream)
    {
        var tokens = new List<TokenLogprob?>();
        await foreach (var part in stream.Parts.ReadAllAsync()) tokens.Add(part.Token);
        return tokens;
    }
}
