using System.Diagnostics;
using FluentAssertions;
using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels.Loops;
using TurkishLlm.Specification.LanguageModels.Reference;
using TurkishLlm.Tests.Unit.Training;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.LanguageModels;

/// <summary>Ranks that end with an exception.</summary>
[Collection(nameof(NonParallel))]
public sealed class LoopRankTests
{
    [Fact]
    public void A_rank_that_throws_is_reported_while_the_other_waits_and_no_rank_is_disposed_during_its_step()
    {
        using var signal = new ManualResetEventSlim();
        var waiting = new Rank(step: signal.Wait);
        var throwing = new Rank(step: () => throw new InvalidOperationException("the second rank has no rows"));
        var requirement = RankRequirements.LOOP_14_Ranks.For((_, _) => new(
            ReferenceLoop.Facts with { Ranks = (_, _) => [waiting, throwing] }, options => new ReferenceLoop(options)));
        var watch = Stopwatch.StartNew();
        // A judge that waits for all ranks would wait forever.
        using var timer = new Timer(_ => signal.Set(), null, TimeSpan.FromSeconds(60), Timeout.InfiniteTimeSpan);

        var verdict = requirement.Judge(new(new("1|15")), Conditions.Cpu);

        verdict.Evidence.Should().Be("InvalidOperationException: the second rank has no rows");
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(50));
        waiting.IsDisposed.Should().BeFalse("its step still runs");
        signal.Set();
        SpinWait.SpinUntil(() => waiting.IsDisposed && throwing.IsDisposed, TimeSpan.FromSeconds(30))
            .Should().BeTrue("all steps ended");
    }

    private sealed class Rank(Action step) : ITrainingLoop
    {
        private readonly ReferenceLoop _loop = new(new(Seed: 1));
        private volatile bool _disposed;

        public bool IsDisposed => _disposed;

        public IReadOnlyDictionary<string, Tensor> Parameters => _loop.Parameters;

        public StepResult Step(IReadOnlyList<TokenRows> microBatches)
        {
            step();
            return new(0);
        }

        public void Save(string folder) => _loop.Save(folder);

        public void Load(string folder) => _loop.Load(folder);

        public void Dispose()
        {
            _disposed = true;
            _loop.Dispose();
        }
    }
}
