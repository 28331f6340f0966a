using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using TorchSharp;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Spec.Training;
using TurkishLlm.Specification;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Training;
using static TorchSharp.torch;
using static TurkishLlm.Tests.Unit.Specification.OwnRequirements;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>The specification of code that is not ours: requirements, catalog, gate and clearance, without a plan.</summary>
[Collection(nameof(NonParallel))]
public sealed class OwnGateTests
{
    private static readonly Requirement<int, Func<Tensor, Tensor>> Wrong = Mean.For((_, _) => x => x.sum(-1) / (x.shape[^1] - 1));

    [Fact]
    public void A_requirement_judges_another_implementation_by_the_same_cases_and_impostors()
    {
        Wrong.Id.Should().Be(Mean.Id);
        Wrong.CaseNames.Should().Equal(Mean.CaseNames);
        Wrong.ImpostorNames.Should().Equal(Mean.ImpostorNames);
        Mean.Judge(1, Conditions.Cpu).Holds.Should().BeTrue();
        Wrong.Judge(1, Conditions.Cpu).Holds.Should().BeFalse();
    }

    [Fact]
    public void A_failure_names_the_impostor_that_measures_the_same()
    {
        var error = new Catalog("own", Wrong).Invoking(catalog => catalog.Verify())
            .Should().Throw<RequirementFailedException>().Which;
        error.FailedJudgments.Select(judgment => judgment.CaseName).Should().Equal("3", "7");
        error.Message.Should().Contain("OWN-01: The mean of a row").And.Contain("3: difference of a mean = ")
            .And.Contain("looks like: divided by the length minus 1 (measures difference of a mean = ");
    }

    [Fact]
    public void The_same_bug_in_other_words_is_nearest()
    {
        var wrong = Mean.For((_, _) => x => x.mean([-1]) * x.shape[^1] / (x.shape[^1] - 1.0));
        var ranked = wrong.FindResemblances(new Catalog("own", wrong).Judge(), Conditions.Cpu);
        ranked[0].Impostor.Should().Be("divided by the length minus 1");
        ranked[0].Distance.Should().BeLessThan(1e-3);
        ranked[1].Distance.Should().BeGreaterThan(0.05);
    }

    [Fact]
    public void A_bug_unlike_all_impostors_is_not_explained() =>
        new Catalog("own", Mean.For((_, _) => x => x.mean([-1]) + 1e6)).Invoking(catalog => catalog.Verify())
            .Should().Throw<RequirementFailedException>().Which.Message.Should().NotContain("looks like");

    [Fact]
    public void The_gate_issues_a_clearance_with_the_measurements()
    {
        var at = new Conditions(CPU, ScalarType.BFloat16, seed: 7);
        var clearance = Gate.With(new Catalog("own", Mean)).And(Skipped)
            .Clear(at, new Dictionary<string, string> { ["data"] = "sha256 of the data" });

        using var json = JsonDocument.Parse(clearance.Report.ToJson());
        json.RootElement.GetProperty("open").GetBoolean().Should().BeTrue();
        json.RootElement.GetProperty("device").GetString().Should().Be("cpu");
        json.RootElement.GetProperty("number_type").GetString().Should().Be("bfloat16");
        json.RootElement.GetProperty("seed").GetInt64().Should().Be(7);
        json.RootElement.GetProperty("skipped").GetInt32().Should().Be(1);
        json.RootElement.GetProperty("facts").GetProperty("data").GetString().Should().Be("sha256 of the data");
        json.RootElement.GetProperty("judgments").EnumerateArray().Select(entry => entry.GetProperty("case").GetString())
            .Should().Equal("3", "7", "1");
        clearance.Digest.Should().Be(
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(clearance.Report.ToJson()))));
    }

    [Fact]
    public void A_failed_requirement_closes_the_gate() =>
        Gate.With(new Catalog("own", Wrong)).Invoking(gate => gate.Clear(Conditions.Cpu))
            .Should().Throw<GateClosedException>()
            .Which.Message.Should().StartWith("The gate is closed: 1 of 1 requirements do not hold on cpu.");

    [Fact]
    public void Skipped_requirements_alone_do_not_open_the_gate() =>
        Gate.With(new Catalog("own", Skipped)).Invoking(gate => gate.Clear(Conditions.Cpu))
            .Should().Throw<GateClosedException>()
            .WithMessage("The gate is closed: no requirement was judged, or all were skipped.");

    [Fact]
    public void A_clearance_is_for_one_device_and_number_type()
    {
        var clearance = Gate.With(new Catalog("own", Mean)).Clear(Conditions.Cpu);
        clearance.ThrowIfNotFor(CPU, ScalarType.Float32);
        var other = () => clearance.ThrowIfNotFor(CPU, ScalarType.BFloat16);
        other.Should().Throw<InvalidOperationException>().WithMessage(
            "The gate judged cpu in float32, and the run uses cpu in bfloat16. Clear it with the conditions of the run.");
        clearance.Invoking(c => c.ThrowIfNotFor(CUDA, ScalarType.Float32)).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void A_catalog_refuses_two_requirements_of_one_id() =>
        FluentActions.Invoking(() => new Catalog("own", Mean).And(new Catalog("more", Wrong)))
            .Should().Throw<ArgumentException>().WithMessage("2 requirements have the id OWN-01: *");

    [Fact]
    public void A_catalog_leaves_named_requirements_out()
    {
        var catalog = new Catalog("own", Mean).And(new Catalog("more", Skipped));
        catalog.Except("OWN-01").Select(requirement => requirement.Id).Should().Equal("OWN-02");
        catalog.Count.Should().Be(2);
        catalog.Invoking(c => c.Except("OWN-09")).Should().Throw<KeyNotFoundException>()
            .WithMessage("There is no requirement OWN-09. These are: OWN-01, OWN-02.");
    }

    [Fact]
    public void Conditions_have_a_number_type_with_tolerances() =>
        FluentActions.Invoking(() => new Conditions(CPU, ScalarType.Float16)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("There are tolerances for Float32, BFloat16 and Float64.*");

    public static TheoryData<string> RequirementsOfARun() => ["P04", ShadowRunSpec.All[0].Id];

    [Theory, MemberData(nameof(RequirementsOfARun))]
    public void A_requirement_of_a_run_says_that_it_needs_a_plan(string id)
    {
        var verdict = RequirementCatalog.Find(id).Judge(0, Conditions.Cpu);
        verdict.Crashed.Should().BeTrue();
        verdict.Evidence.Should()
            .Be("InvalidOperationException: The requirement reads the plan of a run. Judge it with new RunConditions(plan).");
    }

    [Fact]
    public void A_requirement_without_cases_is_skipped() =>
        new Catalog("own", Planned).Judge().Should().ContainSingle().Which.Verdict.IsSkipped.Should().BeTrue();

    [Fact]
    public void A_failure_on_a_case_of_the_plan_keeps_its_evidence() =>
        new Catalog("own", Planned).Invoking(catalog => catalog.Verify(ReferenceRun.Conditions))
            .Should().Throw<RequirementFailedException>().Which.Message.Should()
            .Contain("plan: 2048: width = 2048, allowed 7").And.Contain("looks like: twice as wide");

    [Fact]
    public void A_report_holds_numbers_that_are_not_finite()
    {
        var error = Gate.With(new Catalog("own", Mean.For((_, _) => x => x.mean([-1]) * double.NaN)))
            .Invoking(gate => gate.Clear(Conditions.Cpu)).Should().Throw<GateClosedException>().Which;
        error.Report.ToJson().Should().Contain("\"margin\": \"NaN\"");
    }

    [Fact]
    public void The_first_CUDA_device_has_one_name()
    {
        DeviceOf(new Device(DeviceType.CUDA)).Should().Be("cuda:0");
        DeviceOf(new Device(DeviceType.CUDA, 0)).Should().Be("cuda:0");
        DeviceOf(new Device(DeviceType.CUDA, 1)).Should().Be("cuda:1");

        static string DeviceOf(Device device) => Gate.With(new Catalog("own", Skipped))
            .Invoking(gate => gate.Clear(new Conditions(device))).Should().Throw<GateClosedException>().Which.Report.Device;
    }
}
