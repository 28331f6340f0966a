using TurkishLlm.Model;
using TurkishLlm.Synthesis;

namespace TurkishLlm.Cli;

/// <summary>What <c>synth generate</c> does.</summary>
internal static class Generation
{
    public static async Task<int> RunAsync(Display display, GenerationSettings settings, CancellationToken cancel)
    {
        var problems = settings.Problems().ToArray();
        if (problems.Length > 0) throw new ConfigurationException(string.Join(Environment.NewLine, problems));
        var (chunks, blueprint) = settings.Work.Open();
        var model = settings.Model ?? "recorded";
        var groups = settings.Pilot is { } some ? PilotGroups.Of(blueprint, some) : blueprint.Groups;
        var requests = new GroupRequests(chunks, settings.Prompt, settings.About);
        ModelRequest[] asked = [.. groups.Select(group => requests.Of(group, model))];
        var price = Price(settings, model);
        if (settings.DryRun)
        {
            DryRun(display, settings, groups, asked, price, JournalState.Read(settings.Work.Journal));
            return (int)ExitCode.Done;
        }
        if (settings.Options.Budget is not null && price is null)
            throw new ConfigurationException($"--budget needs a price, and the program knows none of {model}. Give --price-in and --price-out.");
        if (price is null) display.Line($"The price of {model} is not known, so costs are shown as $0. --price-in and --price-out give it.");

        var provider = Provider(settings);
        using var owner = provider as IDisposable;
        using var journal = Journal.Open(settings.Work.Journal);
        var options = settings.Options with { Price = price ?? ModelPrice.Free };
        var result = await AskAsync(display, "Replies", settings, provider, journal, options, asked, (_, text) => ReplyParser.ProblemOf(text), cancel);
        if (settings.Judge is { } judgeName) result = Sum(result, await JudgeAsync(display, settings, provider, journal, chunks, blueprint, model, judgeName, cancel));
        return Tell(display, settings, journal, result, asked.Length);
    }

    private static Task<GenerationResult> AskAsync(
        Display display, string title, GenerationSettings settings, IReplyProvider provider, Journal journal, GenerationOptions options, ModelRequest[] requests,
        Func<ModelRequest, string, string> problemOf, CancellationToken cancel) =>
        Task.FromResult(display.Progress(title, tell =>
        {
            var progress = new Reporter<GenerationProgress>(p =>
            {
                lock (requests) tell((double)p.Done / Math.Max(1, p.Total), Show.Text($"{p.Done} of {p.Total}, {Show.Dollars(p.Spent)}"));
            });
            return (settings.Batch
                ? new BatchGenerator(journal, (IBatchProvider)provider, options, problemOf, TimeProvider.System).RunAsync(requests, progress, cancel)
                : new Generator(journal, provider, options, problemOf, TimeProvider.System).RunAsync(requests, progress, cancel)).GetAwaiter().GetResult();
        }));

    private static Task<GenerationResult> JudgeAsync(
        Display display, GenerationSettings settings, IReplyProvider provider, Journal journal, ChunkSet chunks, Blueprint blueprint, string model, string judgeName, CancellationToken cancel)
    {
        var price = Price(settings, judgeName);
        if (settings.Options.Budget is not null && price is null) throw new ConfigurationException($"--budget needs a price, and the program knows none of {judgeName}. Give --price-in and --price-out.");
        var judge = new Judge(Prompt.Load("judge"), chunks);
        var review = journal.See(state => Review.Of(blueprint, chunks, state, model));
        ModelRequest[] asked = [.. review.Accepted.Select(pair => judge.Of(pair, judgeName))];
        return AskAsync(display, "Judge", settings, provider, journal, settings.Options with { Price = price ?? ModelPrice.Free }, asked, (_, text) => Judge.ProblemOf(text), cancel);
    }

    private static GenerationResult Sum(GenerationResult a, GenerationResult b) => new(
        a.Before + b.Before, a.Answered + b.Answered, a.Unreadable + b.Unreadable, a.Failed + b.Failed, a.Unsent + b.Unsent, a.FirstFailure.Length > 0 ? a.FirstFailure : b.FirstFailure);

    private static int Tell(Display display, GenerationSettings settings, Journal journal, GenerationResult result, int asked)
    {
        var (spent, doubts, doubtful) = journal.See(state => (state.Spent, state.Doubts.Count, state.DoubtfulCost));
        display.Line($"{Show.Count(result.Answered, "reply", "replies")} for {Show.Count(asked, "group")}" + (result.Before > 0 ? $", {Show.Count(result.Before)} were there before" : "") + $"; {Show.Dollars(spent)} in all");
        if (doubts > 0) display.Line($"{Show.Count(doubts, "request")} broke off on the way and may have been answered unseen, for at most {Show.Dollars(doubtful)}.");
        if (result.Unreadable > 0) display.Line($"{Show.Count(result.Unreadable, "request")} got no readable reply in {Show.Count(settings.Options.Attempts)} attempts; the replies are in {Show.RelativePaths(settings.Work.Journal)}.");
        if (result.Unsent > 0) display.Line($"{Show.Count(result.Unsent, "request")} not sent: the budget of {Show.Dollars(settings.Options.Budget ?? 0)} could not bear another. Raise --budget to go on.");
        if (result.Failed > 0) display.Line($"{Show.Count(result.Failed, "request")} failed; run it again to go on. The first: {result.FirstFailure}");
        return (int)(result.Failed + result.Unreadable > 0 ? ExitCode.Failed : ExitCode.Done);
    }

    private static void DryRun(Display display, GenerationSettings settings, IReadOnlyList<ChunkGroup> groups, ModelRequest[] asked, ModelPrice? price, JournalState journal)
    {
        if (settings.Batch) price = price?.Half;
        var rows = groups.Zip(asked).Where(pair => journal.AnswerTo(pair.Second.Id) is null).Select(pair => (pair.First.Rule, Estimate: Estimate.Of(pair.Second, PairCount.For(pair.First.Tokens)))).ToArray();
        display.Table(
            ["#", "rule", "requests", "input tokens", "output tokens", "about", "at most"],
            GroupingRules.All.Select(rule => Row(Show.Count(rule.Number), rule.Name, [.. rows.Where(row => row.Rule == rule.Number).Select(row => row.Estimate)])).Append(Row("", "all", [.. rows.Select(row => row.Estimate)])));
        if (price is null) display.Line("The price of this model is not known: --price-in and --price-out give it.");
        if (rows.Length < asked.Length) display.Line($"{Show.Count(asked.Length - rows.Length)} of {Show.Count(asked.Length, "group")} are answered already, for {Show.Dollars(journal.Spent)}.");
        display.Line("Nothing was sent. Tokens are estimates; \"at most\" counts every byte as a token and every reply as long as it may be.");

        IReadOnlyList<string> Row(string number, string name, IReadOnlyList<Estimate> estimates) =>
        [
            number, name, Show.Count(estimates.Count), Show.Count(estimates.Sum(e => e.InputTokens)), Show.Count(estimates.Sum(e => e.OutputTokens)),
            price is null ? "–" : Show.Dollars(price.Of(estimates.Sum(e => e.InputTokens), estimates.Sum(e => e.OutputTokens))),
            price is null ? "–" : Show.Dollars(estimates.Sum(e => price.AtMost(e.Request))),
        ];
    }

    private static ModelPrice? Price(GenerationSettings settings, string model) =>
        settings.PriceIn is { } input && settings.PriceOut is { } output ? new((decimal)input, (decimal)output)
        : settings.Provider == "replay" ? ModelPrice.Free
        : ModelPrice.Known(model);

    private static IReplyProvider Provider(GenerationSettings settings)
    {
        if (settings.Provider == "replay") return new ReplayProvider(settings.Replies);
        var endpoint = settings.Endpoint is { } address ? new Uri(address) : null;
        var key = Key(settings, endpoint);
        return settings.Provider == "anthropic"
            ? new AnthropicProvider(key, endpoint, settings.Timeout, settings.Schema)
            : new OpenAIProvider(key, endpoint, settings.Timeout, settings.Schema);
    }

    // Services on one's own machine ask for no key.
    private static string Key(GenerationSettings settings, Uri? endpoint)
    {
        var variable = settings.KeyVariable ?? (settings.Provider == "anthropic" ? "ANTHROPIC_API_KEY" : "OPENAI_API_KEY");
        if (endpoint is { IsLoopback: true } && settings.KeyVariable is null) return "none";
        return Environment.GetEnvironmentVariable(variable) is { Length: > 0 } key ? key.Trim()
            : throw new InvalidDataException($"The environment has no {variable}, which holds the key for {settings.Provider}. Set it in the shell (export {variable}=…), or name another with --key-variable.");
    }
}
