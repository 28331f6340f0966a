using System.Reflection;
using FluentAssertions;
using TorchSharp;
using TurkishLlm.Specification;
using TurkishLlm.Specification.Xunit;
using TurkishLlm.Tests.Unit.Specification;
using TurkishLlm.Tests.Unit.Training;
using Xunit.Sdk;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Packages;

/// <summary>The rows of <see cref="RequirementsAttribute"/>, and what each outcome of a requirement is as a test.</summary>
[Collection(nameof(NonParallel))]
public sealed class RequirementCaseTests
{
    internal static Catalog Right { get; } = new("own", OwnRequirements.Mean, OwnRequirements.Skipped, OwnRequirements.Planned);

    internal static Catalog Wrong { get; } = new(
        "own", OwnRequirements.Mean.For((_, _) => x => x.sum(-1) / (x.shape[^1] - 1)));

    // Accepts each of its impostors but the last, which throws.
    internal static readonly Catalog Weak = new("own", new Requirement<int, Func<Tensor, Tensor>>
    {
        Id = "OWN-04",
        Statement = "The mean is a number.",
        Source = "none",
        CanonicalCases = [3],
        Subject = OwnRequirements.Mean.Subject,
        Holds = (mean, width, at) => Verdict.That(mean(at.Normal(1, 1, 4, width)).isfinite().all().item<bool>(), "is finite"),
        Impostors = new()
        {
            ["largest number"] = (_, _) => x => x.amax([-1]),
            ["throws"] = (_, _) => _ => throw new NotSupportedException("no mean"),
        },
    });

    [Theory, Requirements(typeof(OwnGroup), nameof(OwnGroup.Mean))]
    public void A_right_function_passes_in_a_theory_of_its_own(RequirementCase c) => c.Verify();

    [Theory, Requirements(typeof(OwnGroup), nameof(OwnGroup.Mean), Impostors = true)]
    public void Impostors_are_refuted_in_a_theory_of_their_own(RequirementCase c) => c.Verify();

    [Fact]
    public async Task There_is_one_row_per_requirement_case_number_type_and_device()
    {
        var rows = await Rows(new(typeof(RequirementCaseTests), nameof(Right))
        {
            NumberTypes = [ScalarType.Float32, ScalarType.BFloat16],
            Devices = [DeviceType.CPU, DeviceType.CUDA],
        });
        rows.Select(row => row.Label).Where(label => label!.Contains(" 7: ", StringComparison.Ordinal)).Should().Equal(
        [
            .. from variant in new[] { "CPU, Float32", "CPU, BFloat16", "CUDA, Float32", "CUDA, BFloat16" }
               select $"{variant}: OWN-01 7: The mean of a row is its sum divided by its length.",
        ]);
        rows.Should().HaveCount(4 * 4);
        rows.Where(row => row.Traits!.ContainsKey("Category")).Should()
            .OnlyContain(row => Case(row).Device == DeviceType.CUDA).And.HaveCount(2 * 4);
        rows.Where(row => row.Skip is not null).Select(row => Case(row).Id).Should().Equal(Enumerable.Repeat("OWN-03", 4));
    }

    [Fact]
    public async Task Impostors_are_rows_except_in_bfloat16()
    {
        var rows = await Rows(new(typeof(RequirementCaseTests), nameof(Wrong))
        {
            Impostors = true,
            NumberTypes = [ScalarType.BFloat16, ScalarType.Float64],
        });
        rows.Select(row => (Case(row).Impostor, Case(row).NumberType)).Should().Equal(
        [
            .. from width in new[] { 3, 7 }
               from name in OwnRequirements.Mean.ImpostorNames
               select (name, ScalarType.Float64),
        ]);
        rows[1].Label.Should().Be("Float64: OWN-01 3: refutes \"mean of all rows\"");
    }

    [Fact]
    public async Task A_row_survives_the_storage_of_xUnit()
    {
        foreach (var row in await Rows(new(typeof(RequirementCaseTests), nameof(Wrong)) { Impostors = true, Seed = 5 }))
        {
            var copy = (RequirementCase)SerializationHelper.Instance.Deserialize(
                SerializationHelper.Instance.Serialize(Case(row)))!;
            (copy.ToString(), copy.NumberType, copy.Device, copy.Seed).Should()
                .Be((Case(row).ToString(), ScalarType.Float32, DeviceType.CPU, 5L));
            copy.Requirement.Should().BeSameAs(Wrong[0]);
        }
    }

    [Fact]
    public async Task A_wrong_function_fails_with_evidence_and_the_nearest_impostor()
    {
        var rows = await Rows(new(typeof(RequirementCaseTests), nameof(Wrong)));
        Catch(rows[1]).Should().BeOfType<RequirementFailedException>().Which.Message.Should().Match(
            "OWN-01: The mean*\n    7: difference of a mean = *, allowed 1E-06*looks like: divided by the length minus 1 *");
    }

    [Fact]
    public async Task What_the_subject_lacks_is_a_skipped_test_with_the_reason()
    {
        var rows = await Rows(new(typeof(RequirementCaseTests), nameof(Right)));
        Catch(rows.Single(row => Case(row).Id == "OWN-02")).Should()
            .BeOfType<SkipException>().Which.Message.Should().EndWith("the decoder has no cache").And.NotContain("skipped:");
    }

    [Fact]
    public async Task An_impostor_that_is_accepted_or_throws_fails()
    {
        var rows = await Rows(new(typeof(RequirementCaseTests), nameof(Weak)) { Impostors = true });
        rows.Select(row => Catch(row)?.Message).Should().SatisfyRespectively(
            accepted => accepted.Should()
                .EndWith("\"largest number\" must be refuted by measurement, but it was accepted: is finite"),
            thrown => thrown.Should().EndWith("but it was stopped by an exception: NotSupportedException: no mean"));
    }

    [Fact]
    public async Task Without_a_CUDA_device_a_row_of_it_is_skipped()
    {
        Assert.SkipWhen(cuda.is_available(), "There is a CUDA device here.");
        Assert.SkipWhen(
            Environment.GetEnvironmentVariable(CudaDevice.RequiredVariable) is not (null or "" or "0"), "A device is required.");
        var rows = await Rows(new(typeof(RequirementCaseTests), nameof(Right)) { Devices = [DeviceType.CUDA] });
        Catch(rows[0]).Should().BeOfType<SkipException>().Which.Message.Should().Contain("no CUDA device");
    }

    [Fact]
    public async Task Cases_are_judged_one_at_a_time()
    {
        var rows = await Rows(new(typeof(RequirementCaseTests), nameof(Slow)));
        await Task.WhenAll(rows.Select(row => Task.Factory.StartNew(
            () => Case(row).Verify(), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
    }

    // Fails where another case is judged meanwhile.
    internal static Catalog Slow { get; } = CreateSlow();

    [Theory, InlineData("Missing"), InlineData(nameof(CatalogOfAnotherType))]
    public async Task A_member_that_is_no_catalog_is_named(string member)
    {
        var read = () => Rows(new(typeof(RequirementCaseTests), member));
        await read.Should().ThrowAsync<ArgumentException>().WithMessage($"*RequirementCaseTests has no static*{member}*Catalog*");
    }

    internal static string CatalogOfAnotherType => "none";

    private static Catalog CreateSlow()
    {
        var judged = 0;
        return new("own", new Requirement<int, int>
        {
            Id = "OWN-05",
            Statement = "No other case is judged meanwhile.",
            Source = "none",
            CanonicalCases = [1, 2, 3, 4],
            Subject = (c, _) => c,
            Holds = (_, _, _) =>
            {
                var meanwhile = Interlocked.Increment(ref judged);
                Thread.Sleep(100);
                return Verdict.Equal(0, Math.Max(meanwhile, Interlocked.Decrement(ref judged) + 1) - 1, "other cases");
            },
            Impostors = [],
        });
    }

    private static RequirementCase Case(ITheoryDataRow row) => (RequirementCase)row.GetData()[0]!;

    private static async Task<ITheoryDataRow[]> Rows(RequirementsAttribute attribute)
    {
        var tracker = new DisposalTracker();
        await using var _ = tracker;
        return [.. await attribute.GetData((MethodInfo)MethodBase.GetCurrentMethod()!, tracker)];
    }

    // A skip is an exception too: it would skip this test.
    private static Exception? Catch(ITheoryDataRow row)
    {
        try
        {
            Case(row).Verify();
            return null;
        }
        catch (Exception outcome)
        {
            return outcome;
        }
    }

    private static class OwnGroup
    {
        public static Catalog Mean { get; } = new("own", OwnRequirements.Mean);
    }
}
