using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Synthesis.Prompts;
using TurkishLlm.Synthesis.Verdicts;

namespace TurkishLlm.Cli.Synthesis;

/// <summary>Runs <c>synth generate</c>.</summary>
internal static class GenerationRunner
{
    public static async Task<int> RunAsync(Display display, GenerationSettings settings, CancellationToken cancellationToken)
    {
        var problems = settings.FindProblems().ToArray();
        if (problems.Length > 0) throw new ConfigurationException(string.Join(Environment.NewLine, problems));
        var (chunks, blueprint) = settings.Folder.Open();
        var model = settings.Model ?? "recorded";
        var groups = settings.PilotGroupCount is { } some ? PilotGroups.Select(blueprint, some) : blueprint.Groups;
        var requests = new GroupRequestBuilder(chunks, settings.Prompt, settings.SystemDescription);
        ModelRequest[] asked = [.. groups.Select(group => requests.Build(group, model))];
        if (settings.UsesRecordedReplies) RecordedReplyCheck.Require(display, settings, groups, asked);
        var price = GetPrice(settings, model);
        if (settings.DryRun)
        {
            DryRun(display, settings, groups, asked, price, JournalState.Read(settings.Folder.Journal));
            return (int)ExitCode.Success;
        }
        if (settings.Options.Budget is not null && price is null)
            throw new ConfigurationException(
                $"--budget needs a price, and the price of {model} is unknown. Give --input-price and " + "--output-price.");
        if (price is null)
            display.WriteLine($"The price of {model} is unknown; costs are shown as $0. Give --input-price and --output-price.");

        var provider = CreateProvider(settings);
        using var owner = provider as IDisposable;
        using var journal = Journal.Open(settings.Folder.Journal);
        settings = settings with { Options = settings.Options with { OnWait = CreateWaitDisplay(display) } };
        var options = settings.Options with { Price = price ?? ModelPrice.Free };
        var result = await AskAsync(
            display, "Replies", settings, provider, journal, options, asked, cancellationToken);
        if (settings.JudgeModel is { } judgeName)
            result = Combine(
                result,
                await JudgeAsync(display, settings, provider, journal, chunks, blueprint, model, judgeName, cancellationToken));
        return Report(display, settings, journal, result, asked.Length);
    }

    private static Task<GenerationResult> AskAsync(
        Display display,
        string title, GenerationSettings settings, IReplyProvider provider, Journal journal, GenerationOptions options,
        ModelRequest[] requests, CancellationToken cancellationToken) =>
        Task.FromResult(display.RunWithProgress(title, reportProgress =>
        {
            var progress = new SynchronousProgress<GenerationProgress>(p => reportProgress(
                (double)p.Done / Math.Max(1, p.Total),
                Format.Invariant($"{p.Done} of {p.Total}, {Format.Dollars(p.Spent)}")));
            return (settings.UsesBatches
                ? new BatchReplyGenerator(journal, (IBatchProvider)provider, options, TimeProvider.System).RunAsync(
                    requests, progress, cancellationToken)
                : new ReplyGenerator(journal, provider, options, TimeProvider.System).RunAsync(
                    requests, progress, cancellationToken))
            .GetAwaiter()
            .GetResult();
        }));

    private static Task<GenerationResult> JudgeAsync(
        Display display,
        GenerationSettings settings, IReplyProvider provider, Journal journal, ChunkSet chunks, Blueprint blueprint, string model,
        string judgeName, CancellationToken cancellationToken)
    {
        var price = GetPrice(settings, judgeName);
        if (settings.Options.Budget is not null && price is null)
            throw new ConfigurationException(
                $"--budget needs a price, and the price of {judgeName} is unknown. Give --input-price and " + "--output-price.");
        var judge = new Judge(Prompt.Load("judge"), chunks);
        var review = journal.Query(state => Review.Create(blueprint, chunks, state, model));
        ModelRequest[] asked = [.. review.Accepted.Select(pair => judge.CreateRequest(pair, judgeName))];
        return AskAsync(
            display, "Judge", settings, provider, journal, settings.Options with
            {
                Price = price ?? ModelPrice.Free,
            },
            asked, cancellationToken);
    }

    // Requests in flight announce their waits from several threads.
    private static Action<GenerationWait> CreateWaitDisplay(Display display)
    {
        var gate = new Lock();
        return wait =>
        {
            var retry = wait.MaxAttempts > 0
                ? $" before attempt {Format.Count(wait.Attempt + 1)} of {Format.Count(wait.MaxAttempts)}" : "";
            lock (gate)
                display.WriteLine($"Waiting {Format.Duration(wait.Delay.TotalSeconds)}{retry} ({wait.Subject}): {wait.Reason}");
        };
    }

    private static GenerationResult Combine(GenerationResult a, GenerationResult b) => new(
        a.PreviouslyAnswered + b.PreviouslyAnswered,
        a.Answered + b.Answered, a.Unreadable + b.Unreadable, a.Failed + b.Failed, a.Unsent + b.Unsent,
        a.FirstFailure.Length > 0 ? a.FirstFailure : b.FirstFailure)
    {
        FirstProblem = a.FirstProblem.Length > 0 ? a.FirstProblem : b.FirstProblem,
    };

    private static int Report(Display display, GenerationSettings settings, Journal journal, GenerationResult result, int asked)
    {
        var (spent, doubts, doubtful, uncounted) = journal.Query(
            state => (state.Spent, state.InDoubtSends.Count, state.InDoubtCost, state.RepliesWithoutUsage));
        display.WriteLine(
            $"{Format.Count(result.Answered, "reply", "replies")} for {Format.Count(asked, "group")}"
                + (result.PreviouslyAnswered > 0 ? $", {Format.Count(result.PreviouslyAnswered)} already answered" : "")
                + $"; {Format.Dollars(spent)} in total");
        if (doubts > 0)
            display.WriteLine(
                $"{Format.Count(doubts, "request")} lost the connection and may have been answered and billed, for at "
                    + $"most {Format.Dollars(doubtful)}.");
        if (uncounted > 0)
            display.WriteLine(
                $"{Format.Count(uncounted, "reply", "replies")} without token counts: the cost is counted with its maximum.");
        if (result.Unreadable > 0)
            display.WriteLine(
                $"{Format.Count(result.Unreadable, "request")} got no valid reply in at most "
                    + $"{Format.Count(settings.Options.MaxAttempts)} attempts. First problem: {result.FirstProblem}. The replies "
                    + $"are in {Format.RelativePaths(settings.Folder.Journal)} and are not requested again.");
        if (result.Unsent > 0)
            display.WriteLine(
                $"{Format.Count(result.Unsent, "request")} not sent: another request could exceed the budget of "
                    + $"{Format.Dollars(settings.Options.Budget ?? 0)}. Raise --budget to continue.");
        if (result.Failed > 0)
            display.WriteLine(
                $"{Format.Count(result.Failed, "request")} failed; run the command again to retry. First error: "
                    + $"{result.FirstFailure}");
        return (int)(result.Failed + result.Unreadable > 0 ? ExitCode.Failed : ExitCode.Success);
    }

    private static void DryRun(
        Display display, GenerationSettings settings, IReadOnlyList<ChunkGroup> groups, ModelRequest[] asked, ModelPrice? price,
        JournalState journal)
    {
        if (price is not null && settings.InputPrice is null && !settings.UsesRecordedReplies)
            display.WriteLine($"Prices are those of {ModelPrice.ListDate}; --input-price and --output-price set current ones.");
        if (settings.UsesBatches) price = price?.BatchPrice;
        var rows = groups
            .Zip(asked)
            .Where(pair => journal.FindAnswer(pair.Second.Id) is null)
            .Select(pair => (pair.First.Rule, Estimate: Estimate.Create(pair.Second, PairCount.Compute(pair.First.Tokens))))
            .ToArray();
        display.WriteTable(
            ["#", "rule", "requests", "input tokens", "output tokens", "estimate", "maximum"],
            GroupingRules
                .All.Select(rule =>
                    Row(
                        Format.Count(rule.Number), rule.Name,
                        [.. rows.Where(row => row.Rule == rule.Number).Select(row => row.Estimate)]))
                .Append(Row("", "all", [.. rows.Select(row => row.Estimate)])));
        if (price is null) display.WriteLine("The price of this model is unknown. Give --input-price and --output-price.");
        if (rows.Length < asked.Length)
            display.WriteLine(
                $"{Format.Count(asked.Length - rows.Length)} of {Format.Count(asked.Length, "group")} are already "
                    + $"answered, for {Format.Dollars(journal.Spent)}.");
        display.WriteLine(
            "Nothing was sent. Token counts are estimates; \"maximum\" counts every byte as a token and every "
                + "reply at its maximum length.");

        IReadOnlyList<string> Row(string number, string name, IReadOnlyList<Estimate> estimates) =>
        [
            number,
            name, Format.Count(estimates.Count),
            Format.Count(estimates.Sum(e => e.InputTokens)),
            Format.Count(estimates.Sum(e => e.OutputTokens)),
            price is null
                ? "–"
                : Format.Dollars(price.ComputeCost(estimates.Sum(e => e.InputTokens), estimates.Sum(e => e.OutputTokens))),
            price is null ? "–" : Format.Dollars(estimates.Sum(e => price.ComputeMaxCost(e.Request))),
        ];
    }

    private static ModelPrice? GetPrice(GenerationSettings settings, string model) =>
        settings.InputPrice is { } input && settings.OutputPrice is { } output ? new((decimal)input, (decimal)output)
        : settings.UsesRecordedReplies ? ModelPrice.Free
        : ModelPrice.Find(model);

    private static IReplyProvider CreateProvider(GenerationSettings settings)
    {
        if (settings.UsesRecordedReplies) return new ReplayProvider(settings.Replies);
        var endpoint = settings.Endpoint is { } address ? new Uri(address) : null;
        var key = GetApiKey(settings, endpoint);
        return settings.Provider == "anthropic"
            ? new AnthropicProvider(key, endpoint, settings.Timeout, settings.UsesSchema, TimeProvider.System)
            : new OpenAIProvider(key, endpoint, settings.Timeout, settings.UsesSchema, TimeProvider.System);
    }

    // A service on this machine needs no key.
    private static string GetApiKey(GenerationSettings settings, Uri? endpoint)
    {
        var variable = settings.ApiKeyVariable ?? (settings.Provider == "anthropic" ? "ANTHROPIC_API_KEY" : "OPENAI_API_KEY");
        if (endpoint is { IsLoopback: true } && settings.ApiKeyVariable is null) return "none";
        return Environment.GetEnvironmentVariable(variable) is { Length: > 0 } key ? key.Trim()
            : throw new InvalidDataException(
                $"The environment variable {variable} with the API key for {settings.Provider} is not set. Set it "
                    + $"(export {variable}=…), or name another one with --api-key-variable.");
    }
}
