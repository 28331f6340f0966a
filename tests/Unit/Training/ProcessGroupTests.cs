using FluentAssertions;
using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Kernels;
using TurkishLlm.Training;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Training;

[Collection(nameof(Alone))]
public sealed class ProcessGroupTests
{
    public ProcessGroupTests() => Assert.SkipUnless(Collectives.Missing(CPU) is null, Collectives.Missing(CPU) ?? "");

    [Fact]
    public void Sums_numbers_and_tensors_of_all_processes()
    {
        var sums = ConnectedProcesses.Run(3, group =>
        {
            using var scope = NewDisposeScope();
            var rank = group.World.Rank;
            var values = tensor([0.5f + rank, -3 * rank, 1e-3f]);
            group.Sum(values);
            values.data<float>().ToArray().Should().Equal(4.5f, -9, 3 * 1e-3f);
            return (group.Sum(10L + rank), group.Sum(0.25 * rank), group.Any(rank == 1), group.Any(false));
        });
        sums.Should().AllBeEquivalentTo((33L, 0.75, true, false));
    }

    [Fact]
    public void Gives_every_process_the_texts_of_all_round_after_round()
    {
        var rounds = ConnectedProcesses.Run(3, group => Enumerable.Range(0, 5).SelectMany(round => group.Gather(group.World.Rank == 2 ? "" : $"İş {round}.{group.World.Rank}")).ToArray());
        rounds.Should().OnlyContain(texts => texts.SequenceEqual(Enumerable.Range(0, 5).SelectMany(round => new[] { $"İş {round}.0", $"İş {round}.1", "" })));
    }

    /// <summary>A large gradient of its own and small ones in turn, so that every way of summing is taken; one weight has no gradient in one process.</summary>
    [Fact]
    public void Sums_the_gradients_of_all_weights_large_and_small()
    {
        var config = new ModelConfig(vocabSize: 40_000, dModel: 108, nLayers: 2, nHeads: 2, nKvHeads: 1, dFf: 16, maxSeqLen: 8);
        var wrong = ConnectedProcesses.Run(2, group =>
        {
            using var scope = NewDisposeScope();
            using var weights = ParameterTable.Create(config, (_, shape) => zeros(shape));
            foreach (var (name, i) in weights.Names.Select((name, i) => (name, i)))
                if (name != "norm.weight" || group.World.Rank == 1) weights[name].grad = Gradient(weights[name], group.World.Rank, i);
            GradientSum.Over(group, weights);
            return weights.Names.Where((name, i) =>
            {
                using var expected = name == "norm.weight" ? Gradient(weights[name], 1, i) : Gradient(weights[name], 0, i) + Gradient(weights[name], 1, i);
                return !weights[name].grad!.Equals(expected);
            }).ToArray();
        });
        wrong.Should().AllBeEquivalentTo(Array.Empty<string>());

        // Whole numbers below 2^24, so that sums have no rounding.
        static Tensor Gradient(Tensor like, int rank, int i)
        {
            using var generator = new Generator((ulong)(100 * rank + i));
            return randint(-999, 1000, like.shape, generator: generator).to(float32);
        }
    }

    [Theory, InlineData(1), InlineData(0)]
    public void Names_the_process_that_is_gone(int lost)
    {
        var said = ConnectedProcesses.Run(3, group =>
        {
            group.Any(false);
            if (group.World.Rank == lost) return "";
            var error = Assert.Throws<LostRankException>(() => group.Sum(1L));
            error.Ranks.Should().Equal(lost);
            return error.Message;
        });
        said.Where(text => text.Length > 0).Should().HaveCount(2).And.OnlyContain(text => text.StartsWith($"Rank {lost} of 3 processes is lost: it ended, or has given no sign of life for 5 s (", StringComparison.Ordinal));
    }

    [Fact]
    public void Does_not_wait_for_the_words_of_a_process_that_is_gone() => ConnectedProcesses.Run(2, group =>
    {
        group.Any(false);
        if (group.World.Rank == 0) Assert.Throws<LostRankException>(() => group.Gather("here")).Ranks.Should().Equal(1);
        return 0;
    });

    [Fact]
    public void Rank_0_says_who_did_not_come()
    {
        var port = ConnectedProcesses.FreePort();
        var act = () => ConnectedProcesses.Connect(rank: 0, size: 3, port, seconds: 1);
        act.Should().Throw<IOException>().WithMessage($"Of 3 processes rank 1, 2 did not come to 127.0.0.1:{port} within 1 s. Look at what it said, or give more time with --timeout.");
    }

    [Fact]
    public void Another_rank_says_who_did_not_come()
    {
        var port = ConnectedProcesses.FreePort();
        // Rank 0 as far as the others can see, and one that does not run out of time before them.
        using var rank0 = SharedStore.Open("127.0.0.1", port, keep: true, TimeSpan.FromSeconds(60), "turkishllm/0/signs");
        rank0.Set("here/0", "");
        var act = () => ConnectedProcesses.Connect(rank: 1, size: 3, port, seconds: 1);
        act.Should().Throw<IOException>().WithMessage($"Of 3 processes rank 2 did not come to 127.0.0.1:{port} within 1 s. Look at what it said, or give more time with --timeout.");
    }

    [Fact]
    public void Says_that_rank_0_cannot_be_reached()
    {
        var port = ConnectedProcesses.FreePort();
        var act = () => ConnectedProcesses.Connect(rank: 1, size: 2, port, seconds: 1);
        act.Should().Throw<IOException>().WithMessage($"Rank 1 did not reach rank 0 at 127.0.0.1:{port} within 1 s: *");
    }

    [Fact]
    public void Refuses_processes_that_would_run_different_things()
    {
        var said = ConnectedProcesses.Run(3, group =>
        {
            var plan = ReferenceRun.Plan with { RunFolder = $"/elsewhere/{group.World.Rank}" };
            if (group.World.Rank == 2) plan = plan with { Optimizer = plan.Optimizer with { GradientClip = 0.5 }, Name = "other" };
            return Assert.Throws<ConfigurationException>(() => Agreement.RequireSameRun(group, plan, group.World.Rank == 1 ? "1.0.1" : "1.0.0")).Message;
        });
        const string rule = "All processes of a run take the same plan, tokenizer, data, program and kind of device.";
        said.Should().AllBe(
            $"Rank 1 differs from rank 0: program is 1.0.1, not 1.0.0. {rule}\n"
            + $"Rank 2 differs from rank 0: name is other, not reference. {rule}\n"
            + $"Rank 2 differs from rank 0: optimizer.gradient_clip is 0.5, not 1. {rule}");
    }

    [Fact]
    public void Lets_processes_on_that_run_the_same() => ConnectedProcesses.Run(2, group =>
    {
        Agreement.RequireSameRun(group, ReferenceRun.Plan with { RunFolder = $"/elsewhere/{group.World.Rank}", Threads = group.World.Rank }, "1.0.0");
        return 0;
    });
}
