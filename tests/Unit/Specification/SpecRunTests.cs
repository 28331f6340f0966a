using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Cli;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary><c>turkishllm spec run</c> as people read it.</summary>
[Collection(nameof(NonParallel))]
public sealed class SpecRunTests
{
    [Fact]
    public async Task Judges_chosen_requirements_without_a_plan()
    {
        var ran = await CommandLineRunner.Run("spec", "run", "--only", "P16,TOK-08", "--only", "P15");

        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
        var lines = ran.Output.ReplaceLineEndings("\n").Split('\n');
        lines[..9].Should().Equal(
            "verdict  id       margin  requirement",
            "",
            "== Tokenizer",
            $"holds    TOK-08        –  {RequirementCatalog.Find("TOK-08").Statement}",
            "",
            "== RMSNorm",
            $"holds    P15           –  {RequirementCatalog.Find("P15").Statement}",
            lines[7],
            "");
        lines[7].Should().MatchRegex("^holds    P16      {1,4}[0-9]{1,3} %  With a weight of one, ");
        lines[9].Should().MatchRegex(
            @"^3 requirements hold on cpu, float32 \([0-9]+ checks, [0-9.]+ s\); nearest to its bound: P16 at [0-9]{1,3} %\.$");
    }

    [Fact]
    public async Task Prints_every_case_with_its_evidence_on_request()
    {
        var requirement = RequirementCatalog.Find("P15");
        var quiet = await CommandLineRunner.Run("spec", "run", "--only", "P15");
        var verbose = await CommandLineRunner.Run("spec", "run", "--only", "P15", "--verbose");

        foreach (var name in requirement.CaseNames)
        {
            quiet.Output.Should().NotContain(name);
            verbose
                .Output.Should()
                .MatchRegex($@"\n {{26}}{System.Text.RegularExpressions.Regex.Escape(name)}: shape = .* \([0-9]+ ms\)");
        }
    }

    [Fact]
    public async Task Says_what_to_do_when_a_requirement_fails()
    {
        using var here = new TestWorkspace();
        var ran = await CommandLineRunner.Run("spec", "run", here.Plan, "--set", "model.vocab_size=2049", "--only", "P02,P15");

        ran.Code.Should().Be(ExitCode.GateClosed);
        ran.FirstError.Should().Be("The gate is closed: 1 of 2 requirements does not hold on cpu.");
        ran.Output.Should().Contain("\nFAILS    P02 ").And.Contain("\nholds    P15 ")
            .And.Contain("Failed: P02. No training can start under these conditions.")
            .And.Contain($"spec run {here.Plan} --only P02 --verbose")
            .And.Contain("under the built-in plan: ").And.MatchRegex("spec run --only P02\r?\n");
    }

    [Fact]
    public async Task Refuses_overrides_without_a_plan()
    {
        var ran = await CommandLineRunner.Run("spec", "run", "--set", "seed=1", "--only", "P15");
        ran.Code.Should().Be(ExitCode.InvalidInput);
        ran.Errors.Should().Contain("--set overrides a value of a plan: give a plan too, such as configs/toy.yaml.");
    }
}
