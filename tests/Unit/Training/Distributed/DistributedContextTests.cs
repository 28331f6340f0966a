using FluentAssertions;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Training.Distributed;

namespace TurkishLlm.Tests.Unit.Training.Distributed;

[Trait("Suite", "Fast")]
public sealed class DistributedContextTests
{
    private static readonly Dictionary<string, string> Torchrun = new()
    {
        ["RANK"] = "5",
        ["WORLD_SIZE"] = "8",
        ["LOCAL_RANK"] = "1",
        ["LOCAL_WORLD_SIZE"] = "4",
        ["MASTER_ADDR"] = "10.0.0.7",
        ["MASTER_PORT"] = "29500",
    };

    [Fact]
    public void Without_an_environment_there_is_a_single_process() =>
        DistributedContext.FromEnvironment(_ => null).Should().Be(DistributedContext.SingleProcess);

    [Fact]
    public void Reads_what_torchrun_sets() =>
        Read(Torchrun).Should().Be(new DistributedContext(5, 8, 1, 4, "10.0.0.7", 29500, Attempt: "0"));

    [Theory]
    [InlineData("29500", 29501)]
    [InlineData("65535", 65534)]
    public void Takes_the_port_beside_the_one_at_which_the_agent_of_torchrun_listens(string agent, int expected) =>
        Read(With(("MASTER_PORT", agent), ("TORCHELASTIC_USE_AGENT_STORE", "True"), ("TORCHELASTIC_RESTART_COUNT", "2")))
            .Should().BeEquivalentTo(new { MasterPort = expected, Attempt = "2" });

    [Fact]
    public void Reads_what_mpirun_sets_on_one_machine() =>
        Read(Mpirun(size: 3, localSize: 3)).Should().Be(new DistributedContext(2, 3, 1, 3, "127.0.0.1", 29500, Attempt: "0"));

    [Fact]
    public void Under_mpirun_on_several_machines_the_address_of_rank_0_is_needed()
    {
        var several = Mpirun(size: 6, localSize: 3);
        Refusal(several).Should().StartWith("The environment has RANK, WORLD_SIZE, LOCAL_RANK but not MASTER_ADDR, MASTER_PORT.");
        (several["MASTER_ADDR"], several["MASTER_PORT"]) = ("10.0.0.7", "4000");
        Read(several).Should().Be(new DistributedContext(2, 6, 1, 3, "10.0.0.7", 4000, Attempt: "0"));
    }

    [Fact]
    public void What_torchrun_sets_comes_before_what_mpirun_sets()
    {
        var both = Mpirun(size: 3, localSize: 3);
        foreach (var (name, value) in Torchrun) both[name] = value;
        Read(both).Should().Be(Read(Torchrun));
    }

    [Fact]
    public void Without_a_local_number_all_processes_share_the_machine()
    {
        var environment = With(("LOCAL_RANK", "5"));
        environment.Remove("LOCAL_WORLD_SIZE");
        Read(environment).LocalWorldSize.Should().Be(8);
    }

    [Fact]
    public void Refuses_half_an_environment()
    {
        var half = With();
        half.Remove("LOCAL_RANK");
        half["MASTER_PORT"] = "";
        Refusal(half).Should().Be(
            "The environment has RANK, WORLD_SIZE, MASTER_ADDR but not LOCAL_RANK, MASTER_PORT. Distributed "
                + "training needs all of them, as torchrun, "
            + "mpirun and `turkishllm launch` set them; unset them to train in one process.");
    }

    [Fact]
    public void Reports_every_invalid_value() =>
        Refusal(With(("RANK", "8"), ("LOCAL_RANK", "-1"), ("MASTER_PORT", "70000")))
            .Split('\n')
            .Should()
            .Equal(
        "RANK in the environment is 8; it must be a whole number, 0 … 7.",
        "LOCAL_RANK in the environment is -1; it must be a whole number, 0 … 3.",
        "MASTER_PORT in the environment is 70000; it must be a whole number, 1 … 65535.");

    [Theory]
    [InlineData(0, 1, 0)]
    [InlineData(6, 4, 1)]
    [InlineData(3, 4, 1)]
    [InlineData(8, 4, 2)]
    public void Processes_of_a_machine_divide_its_threads(int threads, int processes, int expected)
    {
        var share = (DistributedContext.SingleProcess with { WorldSize = 8, LocalWorldSize = processes }).GetThreadCount(
            ReferenceRun.Plan with
            {
                Threads = threads,
            });
        share.Should().Be(expected > 0 ? expected : Environment.ProcessorCount);
    }

    [Theory]
    [InlineData(6, 3, 2)]
    [InlineData(8, 1, 4)]
    public void A_share_has_the_rows_of_all_its_micro_batches(int batch, int accumulation, int processes)
    {
        var share = RankShard.Create(new BatchingPlan(1, batch, 8, accumulation), rank: 1, processes);
        share.Rows.Should().Be(batch * accumulation / processes);
        share
            .MicroBatchFirstRows.Should()
            .Equal(
                Enumerable.Range(0, share.Rows / share.MicroBatchSize).Select(micro => share.Rows + micro * share.MicroBatchSize)
            );
    }

    [Theory]
    [InlineData(4, 2, 3, "2 or 4")]
    [InlineData(3, 1, 8, "3")]
    [InlineData(2, 5, 4, "2 or 5")]
    public void Refuses_a_step_that_cannot_be_shared_out(int batch, int accumulation, int processes, string near)
    {
        var act = () => RankShard.Create(new BatchingPlan(1, batch, 8, accumulation), rank: 0, processes);
        act.Should().Throw<ConfigurationException>().WithMessage(
            $"A step has training.micro_batch_size {batch} × training.accumulation_steps {accumulation} = "
                + $"{batch * accumulation} sequences, which {processes} processes do not divide. Use {near} "
                + "processes.");
    }

    private static Dictionary<string, string> Mpirun(int size, int localSize) => new()
    {
        ["OMPI_COMM_WORLD_RANK"] = "2",
        ["OMPI_COMM_WORLD_SIZE"] = $"{size}",
        ["OMPI_COMM_WORLD_LOCAL_RANK"] = "1",
        ["OMPI_COMM_WORLD_LOCAL_SIZE"] = $"{localSize}",
    };

    private static DistributedContext Read(Dictionary<string, string> environment) =>
        DistributedContext.FromEnvironment(environment.GetValueOrDefault);

    private static string Refusal(Dictionary<string, string> environment) =>
        Assert.Throws<ConfigurationException>(() => Read(environment)).Message;

    private static Dictionary<string, string> With(params (string Name, string Value)[] others)
    {
        var environment = new Dictionary<string, string>(Torchrun);
        foreach (var (name, value) in others) environment[name] = value;
        return environment;
    }
}
