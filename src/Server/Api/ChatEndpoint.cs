using Microsoft.AspNetCore.Http;
using TurkishLlm.Inference.Batching;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Tools;
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
        var choices = await Task.WhenAll(texts.Streams.Select((_, i) => ReadChoiceAsync(texts, head, i)));
        context.RequestAborted.ThrowIfCancellationRequested();
        await JsonReply.WriteAsync(
            context,
            Begin(head, "chat.completion", [.. choices.Select(read => read.Choice)], texts.Call) with
            {
                Usage = texts.CountTokens([.. choices.SelectMany(read => read.Results)]),
            },
            ReplyJson.Readable.ChatCompletion);
    }

    private async Task<(ChatChoice Choice, IReadOnlyList<TextResult> Results)> ReadChoiceAsync(
        Submission texts, ReplyHead head, int index)
    {
        var tokens = new List<TokenLogprob?>();
        var text = new ChoiceText(texts, parts.Template!, index, part =>
        {
            tokens.Add(part.Token);
            return Task.CompletedTask;
        });
        var answer = await text.ReadAsync();
        var choice = new ChatChoice(index)
        {
            Message = CreateMessage(head, index, answer, text.Runs) with { Role = "assistant" },
            FinishReason = FinishReasons.Of(answer),
            Logprobs = _tokens.ForChat(tokens),
        };
        return (choice, text.Results);
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
                    Chunk(head) with { Usage = texts.CountTokens([.. results.SelectMany(turns => turns)]) },
                    ReplyJson.Readable.ChatCompletion);
            await events.EndAsync();
        }
        catch (Exception error) when (error is not (OperationCanceledException or IOException))
        {
            context.Features.Get<RequestFacts>()!.Failure = error;
            await events.WriteErrorAsync(ApiException.Explain(error));
        }
    }

    private async Task<IReadOnlyList<TextResult>> StreamChoiceAsync(
        EventStream events, Submission texts, ReplyHead head, int index)
    {
        var text = new ChoiceText(texts, parts.Template!, index, part => events.WriteAsync(
            Chunk(head, new ChatChoice(index)
            {
                Delta = new() { Content = part.Text }, Logprobs = _tokens.ForChat([part.Token]),
            }),
            ReplyJson.Readable.ChatCompletion));
        var answer = await text.ReadAsync();
        await events.WriteAsync(
            Chunk(head, new ChatChoice(index)
            {
                Delta = CreateMessage(head, index, answer, text.Runs) with { Content = null },
                FinishReason = FinishReasons.Of(answer),
            }),
            ReplyJson.Readable.ChatCompletion);
        return text.Results;
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

    // A call that was cut off is shown as text, so that no client runs it.
    private static ReplyMessage CreateMessage(ReplyHead head, int index, Answer answer, IReadOnlyList<ToolRun> runs)
    {
        var message = new ReplyMessage
        {
            Content = answer.Text,
            ToolRuns = runs.Count == 0 ? null : [.. runs.Select(run => new ReplyToolRun(run.Name, run.Arguments, run.Output))],
        };
        if (answer.ToolCall is not { } text) return message;
        return answer.FinishReason == FinishReason.EndOfTurn && ToolCall.TryParse(text) is { } call
            ? message with
            {
                ToolCalls =
                [
                    new(0, FormattableString.Invariant($"call-{head.Id}-{index}"), "function", new(call.Name, call.Arguments)),
                ],
            }
            : message with { ToolCallText = text };
    }
}
