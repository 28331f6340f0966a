using Microsoft.AspNetCore.Http;
using TurkishLlm.Inference.Batching;
using TurkishLlm.Server.Protocol;

namespace TurkishLlm.Server.Api;

/// <summary><c>POST /v1/completions</c></summary>
internal sealed class CompletionEndpoint(ServerParts parts, CompletionRequestReader reader)
{
    private readonly TokenText _tokens = new(parts.Scheduler.Tokenizer);

    public async Task RunAsync(HttpContext context)
    {
        using var body = await RequestBody.ReadAsync(context, parts.Options.MaxBodyBytes);
        var call = reader.Read(new(body.RootElement), ClientName.Of(context));
        var texts = Submission.Submit(parts.Scheduler, call, context);
        var head = ReplyHead.Create("cmpl", context, parts.Options.ModelName, parts.Fingerprint, parts.Clock);
        if (call.Sampling.IsStreamed) await StreamAsync(context, texts, head);
        else await ReplyAsync(context, texts, head);
    }

    private async Task ReplyAsync(HttpContext context, Submission texts, ReplyHead head)
    {
        var results = await Task.WhenAll(texts.Streams.Select((_, i) => texts.GetResultAsync(i)));
        context.RequestAborted.ThrowIfCancellationRequested();
        var choices = new List<TextChoice>();
        foreach (var (i, result) in results.Index())
        {
            var tokens = new List<TokenLogprob?>();
            await foreach (var part in texts.Streams[i].Parts.ReadAllAsync()) tokens.Add(part.Token);
            var offset = 0;
            choices.Add(new(i, result.Answer.Text)
            {
                FinishReason = FinishReasons.Of(result.Answer), Logprobs = _tokens.ForText(tokens, ref offset),
            });
        }
        await JsonReply.WriteAsync(
            context, Create(head, texts, choices) with { Usage = texts.CountTokens(results) }, ReplyJson.Readable.TextCompletion);
    }

    private async Task StreamAsync(HttpContext context, Submission texts, ReplyHead head)
    {
        using var events = new EventStream(context);
        await events.StartAsync();
        try
        {
            var results = await Task.WhenAll(texts.Streams.Select((_, i) => StreamChoiceAsync(events, texts, head, i)));
            if (texts.Call.Sampling.IncludesUsage)
                await events.WriteAsync(
                    Create(head, texts, []) with { Usage = texts.CountTokens(results) }, ReplyJson.Readable.TextCompletion);
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
        var offset = 0;
        await foreach (var part in texts.Streams[index].Parts.ReadAllAsync())
            await events.WriteAsync(
                Create(head, texts, [new(index, part.Text) { Logprobs = _tokens.ForText([part.Token], ref offset) }]),
                ReplyJson.Readable.TextCompletion);
        var result = await texts.GetResultAsync(index);
        await events.WriteAsync(
            Create(head, texts, [new(index, "") { FinishReason = FinishReasons.Of(result.Answer) }]),
            ReplyJson.Readable.TextCompletion);
        return result;
    }

    private static TextCompletion Create(ReplyHead head, Submission texts, IReadOnlyList<TextChoice> choices) =>
        new(head.Id, "text_completion", head.Created, head.Model, choices)
        {
            SystemFingerprint = head.Fingerprint, Seed = texts.Call.Sampling.Options.Seed,
        };
}
