using System.Net;
using System.Net.Sockets;
using FluentAssertions;
using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Training.Distributed;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Training.Distributed;

[Collection(nameof(NonParallel))]
public sealed class ProcessGroupTests
{
    [Fact]
    public void Sums_numbers_and_tensors_of_all_processes()
    {
        var sums = LoopbackProcessGroups.Run(3, group =>
        {
            using var scope = NewDisposeScope();
            var rank = group.Context.Rank;
            var values = tensor([0.5f + rank, -3 * rank, 1e-3f]);
            group.AllReduceSum(values);
            values.data<float>().ToArray().Should().Equal(4.5f, -9, 3 * 1e-3f);
            return (
                group.AllReduceSum(10L + rank), group.AllReduceSum(0.25 * rank), group.AnyRank(rank == 1),
                group.AnyRank(false));
        });
        sums.Should().AllBeEquivalentTo((33L, 0.75, true, false));
    }

    [Fact]
    public void Gives_every_process_the_texts_of_all_round_after_round()
    {
        var rounds = LoopbackProcessGroups.Run(3, group =>
            Enumerable
                .Range(0, 5)
                .SelectMany(round => group.AllGather(group.Context.Rank == 2 ? "" : $"İş {round}.{group.Context.Rank}"))
                .ToArray());
        rounds
            .Should()
            .OnlyContain(texts =>
                texts.SequenceEqual(Enumerable.Range(0, 5).SelectMany(round => new[] { $"İş {round}.0", $"İş {round}.1", "" })));
    }

    /// <summary>
    /// A large gradient and small ones in turn, so that both ways of summing are tested; one weight has no gradient in one
    /// process.
    /// </summary>
    [Fact]
    public void Sums_the_gradients_of_all_weights_large_and_small()
    {
        var config = new ModelConfig(vocabSize: 40_000, dModel: 108, nLayers: 2, nHeads: 2, nKvHeads: 1, dFf: 16, maxSeqLen: 8);
        var wrong = LoopbackProcessGroups.Run(2, group =>
        {
            using var scope = NewDisposeScope();
            using var weights = ParameterTable.Create(config, (_, shape) => zeros(shape));
            foreach (var (name, i) in weights.Names.Select((name, i) => (name, i)))
                if (name != "norm.weight" || group.Context.Rank == 1)
                    weights[name].grad = Gradient(weights[name], group.Context.Rank, i);
            GradientAllReduce.AllReduce(group, weights);
            return weights.Names.Where((name, i) =>
            {
                using var expected =
                    name == "norm.weight"
                        ? Gradient(weights[name], 1, i)
                        : Gradient(weights[name], 0, i) + Gradient(weights[name], 1, i);
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
    public void Names_the_lost_process(int lost)
    {
        var said = LoopbackProcessGroups.Run(3, group =>
        {
            group.AnyRank(false);
            if (group.Context.Rank == lost) return "";
            var error = Assert.Throws<LostRankException>(() => group.AllReduceSum(1L));
            error.Ranks.Should().Equal(lost);
            return error.Message;
        });
        said.Where(text => text.Length > 0)
            .Should()
            .HaveCount(2)
            .And.OnlyContain(text =>
                text.StartsWith(
                    $"Rank {lost} of 3 processes is lost: it ended, or has sent no heartbeat for 5 s (",
                    StringComparison.Ordinal));
    }

    [Fact]
    public void Does_not_wait_for_a_message_of_a_lost_process() => LoopbackProcessGroups.Run(2, group =>
    {
        group.AnyRank(false);
        if (group.Context.Rank == 0) Assert.Throws<LostRankException>(() => group.AllGather("here")).Ranks.Should().Equal(1);
        return 0;
    });

    [Fact]
    public void Every_rank_says_who_did_not_come()
    {
        var port = LoopbackProcessGroups.FreePort();
        var said = new string[2];
        // The timeout of rank 0 is longer than that of rank 1, so rank 0 can tell rank 1 which ranks are missing.
        LoopbackProcessGroups.RunConcurrently(2, rank =>
            said[rank] = Assert
                .Throws<IOException>(() => LoopbackProcessGroups.Connect(rank, size: 4, port, seconds: rank == 0 ? 3 : 1))
                .Message);
        said[0]
            .Should()
            .Be(
                $"Rank 2, 3 of 4 processes did not connect to 127.0.0.1:{port} within 3 s. Check its output, or raise "
                    + "--distributed-timeout.");
        said[1]
            .Should()
            .Be(
                $"Rank 2, 3 of 4 processes did not connect to 127.0.0.1:{port} within 1 s. Check its output, or raise "
                    + "--distributed-timeout.");
    }

    [Fact]
    public void Says_that_rank_0_cannot_be_reached()
    {
        var port = LoopbackProcessGroups.FreePort();
        var act = () => LoopbackProcessGroups.Connect(rank: 1, size: 2, port, seconds: 1);
        act.Should().Throw<IOException>().WithMessage($"Rank 1 could not reach rank 0 at 127.0.0.1:{port} within 1 s: *");
    }

    [Fact]
    public void Says_that_the_port_is_taken()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var act = () => LoopbackProcessGroups.Connect(rank: 0, size: 2, port, seconds: 1);
        act.Should()
            .Throw<IOException>()
            .WithMessage($"Rank 0 cannot listen at 127.0.0.1:{port}: *. Choose another MASTER_PORT.");
    }

    /// <summary>A process of an earlier attempt, or an unrelated program, does not take the place of an expected one.</summary>
    [Fact]
    public void Unknown_connections_change_nothing()
    {
        var port = LoopbackProcessGroups.FreePort();
        LoopbackProcessGroups.RunConcurrently(2, rank =>
        {
            if (rank == 1)
            {
                var earlier = () => Connect(rank, port, new StubEngine(), seconds: 1, attempt: "earlier");
                earlier
                    .Should()
                    .Throw<IOException>()
                    .WithMessage(
                        $"Rank 1 could not reach rank 0 at 127.0.0.1:{port} within 1 s: it does not expect this " + "process");
                using var stranger = new TcpClient("127.0.0.1", port);
                stranger.GetStream().Write("GET / HTTP/1.1\r\nHost: rank0\r\n\r\n"u8);
            }
            using var group = Connect(rank, port, new StubEngine(), seconds: 30);
            group.AllGather($"text {rank}").Should().Equal("text 0", "text 1");
        });
    }

    [Fact]
    public void A_sum_that_times_out_names_no_rank_when_all_are_alive()
    {
        var port = LoopbackProcessGroups.FreePort();
        LoopbackProcessGroups.RunConcurrently(2, rank =>
        {
            using var group = Connect(rank, port, new StuckEngine(), seconds: 2);
            var act = () => ((IProcessGroup)group).AllReduceSum(1L);
            var error = act.Should().Throw<LostRankException>().Which;
            error.Ranks.Should().BeEmpty();
            error.Message.Should().Be(
                $"Rank {rank} timed out waiting for the other processes, though all 2 send heartbeats (waited "
                    + "2 s for the others). "
                + "If one of them was busy for longer than the timeout, raise --distributed-timeout.");
        });
    }

    [Fact]
    public void Refuses_processes_that_would_run_different_things()
    {
        var said = LoopbackProcessGroups.Run(3, group =>
        {
            var plan = ReferenceRun.Plan with { RunFolder = $"/elsewhere/{group.Context.Rank}" };
            if (group.Context.Rank == 2)
                plan = plan with { Optimizer = plan.Optimizer with { GradientClip = 0.5 }, Name = "other" };
            return Assert
                .Throws<ConfigurationException>(() =>
                    RankConsistency.RequireSameRun(group, plan, group.Context.Rank == 1 ? "1.0.1" : "1.0.0"))
                .Message;
        });
        const string rule = "All processes of a run need the same plan, tokenizer, data, program and kind of device.";
        said.Should().AllBe(
            $"Rank 1 differs from rank 0: program is 1.0.1, not 1.0.0. {rule}\n"
            + $"Rank 2 differs from rank 0: name is other, not reference. {rule}\n"
            + $"Rank 2 differs from rank 0: optimizer.gradient_clip is 0.5, not 1. {rule}");
    }

    [Fact]
    public void Accepts_processes_that_run_the_same() => LoopbackProcessGroups.Run(2, group =>
    {
        RankConsistency.RequireSameRun(
            group, ReferenceRun.Plan with
            {
                RunFolder = $"/elsewhere/{group.Context.Rank}",
                Threads = group.Context.Rank,
            },
            "1.0.0");
        return 0;
    });

    private static ProcessGroup Connect(int rank, int port, ICollectiveEngine engine, int seconds, string attempt = "0") =>
        ProcessGroup.Connect(
            new DistributedContext(rank, 2, rank, 2, "127.0.0.1", port, attempt), engine,
            TimeSpan.FromSeconds(seconds));

    private class StubEngine : ICollectiveEngine
    {
        public void Connect(DistributedContext context, Func<string, IReadOnlyList<string>> allGather)
        {
        }

        public virtual void StartAllReduce(Tensor tensor)
        {
        }

        public virtual bool PollCompletion() => true;

        public void Close(bool graceful)
        {
        }
    }

    private sealed class StuckEngine : StubEngine
    {
        private bool _begun;

        public override void StartAllReduce(Tensor tensor) => _begun = true;

        public override bool PollCompletion() => !_begun;
    }
}
