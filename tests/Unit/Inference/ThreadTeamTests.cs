using FluentAssertions;
using TurkishLlm.Kernels.Packed;

namespace TurkishLlm.Tests.Unit.Inference;

public sealed class ThreadTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_task_of_a_phase_runs_once_and_before_the_next_phase(int threads)
    {
        using var team = new ThreadTeam(threads);
        const int Phases = 40, Tasks = 7;
        var runs = new int[Phases, Tasks];
        var early = 0;
        for (var run = 1; run <= 20; run++)
        {
            team.Run(member =>
            {
                for (var phase = 0; phase < Phases; phase++)
                    while (member.TryTake(Tasks, out var task))
                    {
                        for (var other = 0; phase > 0 && other < Tasks; other++)
                            if (Volatile.Read(ref runs[phase - 1, other]) != run) Interlocked.Increment(ref early);
                        Interlocked.Increment(ref runs[phase, task]);
                    }
            });
            runs.Cast<int>().Should().OnlyContain(count => count == run);
        }
        early.Should().Be(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void An_error_of_a_task_reaches_the_caller(int threads)
    {
        using var team = new ThreadTeam(threads);
        void Fail() => team.Run(member =>
        {
            while (member.TryTake(9, out var task))
                if (task == 4) throw new InvalidOperationException("task 4");
        });
        FluentActions.Invoking(Fail).Should().Throw<InvalidOperationException>().WithMessage("task 4");
        FluentActions.Invoking(Fail).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void Threads_end_with_the_team()
    {
        var team = new ThreadTeam(3);
        team.Run(_ => { });
        team.Dispose();
        team.Dispose();
        FluentActions.Invoking(() => team.Run(_ => { })).Should().Throw<ObjectDisposedException>();
        FluentActions.Invoking(() => new ThreadTeam(0)).Should().Throw<ArgumentOutOfRangeException>();
    }
}
