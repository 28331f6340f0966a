using System.Globalization;
using FluentAssertions;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Verdicts;
using TurkishLlm.Tests.Unit.Cli;
using Xunit;

namespace TurkishLlm.Tests.Unit.Synthesis;

/// <summary>
/// Runs the real program against a service that delays, rejects, disconnects and sends malformed replies, and kills it at random
/// moments. TURKISHLLM_LONG_TESTS=1 runs 500 requests and 50 kills instead of 120 and 8.
/// </summary>
public sealed class GenerationKillTests : IDisposable
{
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    public void Every_group_is_answered_and_paid_once_whatever_happens_on_the_way(string service)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Signals are a matter of Unix.");
        var isLong = Environment.GetEnvironmentVariable("TURKISHLLM_LONG_TESTS") == "1";
        var (groups, kills) = isLong ? (500, 50) : (120, 8);
        SmallSynthesisFolder.Write(_here / "work", groups);
        using var stub = new StubService
        {
            Faults = FaultOf,
            Reply = (key, body) => IsUnreadable(key) ? "{ \"pairs\": [" : SmallSynthesisFolder.Reply(body),
        };

        var random = new Random(20_271);
        var killed = 0;
        for (var run = 0; run < kills; run++)
        {
            // A few more requests each time, so that the kills are spread over all requests.
            var target = stub.Requests.Count + 1 + random.Next(2 * groups / kills);
            using var process = Generate(stub, service);
            if (process.WaitForExit(ChildProcess.Kill, () => stub.Requests.Count >= target) == 128 + ChildProcess.Kill) killed++;
        }
        killed.Should().BeGreaterThan(kills / 2, "most kills are to come in the midst of the work");
        using (var last = Generate(stub, service)) last.WaitForExit().Should().Be(0, last.Output);

        var work = new SynthesisFolder(_here / "work");
        var state = JournalState.Read(work.Journal);
        // A damaged body is in the journal as well, and the service sends the same reply again for the same key.
        var whole = state.Replies.Where(reply => reply.Text.Length > 0).ToArray();
        state
            .Replies.Where(reply => reply.Text.Length == 0)
            .Should()
            .OnlyContain(reply => reply.Problem.Contains("incomplete", StringComparison.Ordinal));
        whole
            .Select(reply => $"{reply.Request}-{reply.Attempt}")
            .Should()
            .OnlyHaveUniqueItems("no reply is doubled")
            .And.BeEquivalentTo(stub.Paid.Keys, "no paid reply is lost, and none was made up");
        state
            .Replies.Where(reply => reply.IsReadable)
            .Select(reply => reply.Group)
            .Should()
            .OnlyHaveUniqueItems("exactly one readable reply for each group")
            .And.HaveCount(groups);
        stub.Paid.Keys.Count(key => !IsUnreadable(key)).Should().Be(groups, "exactly one paid readable reply for each group");
        whole.Sum(reply => reply.Cost).Should().Be(stub.Paid.Count * new ModelPrice(1, 2).ComputeCost(100, 50));

        var (chunks, blueprint) = work.Open();
        var review = Review.Create(blueprint, chunks, state);
        review
            .Accepted.Select(pair => pair.Pair.Group)
            .Should()
            .OnlyHaveUniqueItems("no pair is doubled")
            .And.HaveCount(groups, "no pair is lost");
        // The service escapes letters in its bodies, which are kept as they are.
        whole.Should().OnlyContain(reply => !reply.Text.Contains("\\u0", StringComparison.Ordinal));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{groups} groups, {killed} of {kills} kills within the work, {stub.Requests.Count} requests, "
                + $"{stub.Paid.Count} paid replies of which {stub.Paid.Count - groups} unreadable, "
                + $"{state.InDoubtSends.Count} sendings in doubt"));
    }

    private ChildProcess Generate(StubService stub, string service) => new(
        "synth",
        "generate", _here / "work", "--provider", service, "--endpoint",
        service == "openai" ? stub.Address + "/v1" : stub.Address, "--model", "stub",
        "--concurrency", "8", "--backoff", "0.005", "--input-price", "1", "--output-price", "2");

    // Derived from the key: the same in every run, and spread over all keys. Later visits fail less often.
    private static ServiceFault FaultOf(string key, int visit) => visit > 4 ? ServiceFault.None : (Hash(key, visit) % 20) switch
    {
        0 => ServiceFault.TooManyRequests,
        1 => ServiceFault.ServerError,
        2 => visit == 0 && key.EndsWith("-1", StringComparison.Ordinal) ? ServiceFault.BrokenJson : ServiceFault.Delay,
        3 => ServiceFault.Truncated,
        4 => ServiceFault.ClosedAtOnce,
        5 => ServiceFault.ClosedAfterPaying,
        _ => ServiceFault.Delay,
    };

    private static bool IsUnreadable(string key) => key.EndsWith("-1", StringComparison.Ordinal) && Hash(key, 99) % 12 == 0;

    private static int Hash(string key, int visit) =>
        int.Parse(key.AsSpan(visit % 20, 6), NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> 3;
}
