using System.Reflection;
using global::Xunit;
using global::Xunit.Sdk;
using global::Xunit.v3;
using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.Xunit;

/// <summary>
/// Makes a theory of a catalog: one test per requirement and case. The test method has one parameter, a
/// <see cref="RequirementCase"/>.
/// </summary>
/// <param name="type">The class with the catalog.</param>
/// <param name="member">Name of its static property or field of type <see cref="Catalog"/>.</param>
/// <example>
/// <code>
/// public sealed class GptTests
/// {
///     public static Catalog All { get; } = Judge.Decoder(seed => Decoder.From(new MyGpt(), vocabulary: 97, maxLength: 64));
///
///     [Theory, Requirements(typeof(GptTests), nameof(All))]
///     public void Holds(RequirementCase c) => c.Verify();
/// }
/// </code>
/// </example>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class RequirementsAttribute(Type type, string member) : DataAttribute
{
    /// <summary>The class with the catalog.</summary>
    public Type Type { get; } = type;

    /// <summary>Name of the static property or field of type <see cref="Catalog"/>.</summary>
    public string Member { get; } = member;

    /// <summary>Number types to judge in. Default: float32.</summary>
    public ScalarType[] NumberTypes { get; set; } = [ScalarType.Float32];

    /// <summary>
    /// Devices to judge on. Default: the CPU. Tests on <see cref="DeviceType.CUDA"/> have the trait <c>Category=GPU</c>;
    /// <see cref="CudaDevice.Require"/> decides whether they are skipped or fail without a device.
    /// </summary>
    public DeviceType[] Devices { get; set; } = [DeviceType.CPU];

    /// <summary>Seed of every random number. Default: 1.</summary>
    public long Seed { get; set; } = 1;

    /// <summary>
    /// True to judge the impostors: one test per requirement, case and impostor, which passes if the requirement refutes the
    /// impostor by measurement. Default: false. They are not judged in bfloat16, where rounding hides the smallest bugs.
    /// </summary>
    public bool Impostors { get; set; }

    /// <inheritdoc/>
    public override bool SupportsDiscoveryEnumeration() => true;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The class has no such member.</exception>
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(
        MethodInfo testMethod, DisposalTracker disposalTracker)
    {
        ITheoryDataRow[] rows =
        [
            .. from requirement in CatalogMember.Find(Type, Member)
               from device in Devices
               from numberType in NumberTypes
               where !Impostors || numberType != ScalarType.BFloat16
               from row in CreateRows(requirement, device, numberType)
               select row,
        ];
        return new(rows);
    }

    private IEnumerable<ITheoryDataRow> CreateRows(Requirement requirement, DeviceType device, ScalarType numberType)
    {
        var cases = requirement.CaseNames;
        if (cases.Count == 0)
        {
            var row = CreateRow(Create(0), $"{requirement.Id}: {requirement.Statement}");
            row.Skip = "The requirement has no case without a plan.";
            yield return row;
        }
        for (var i = 0; i < cases.Count; i++)
        {
            if (!Impostors)
            {
                yield return CreateRow(Create(i), $"{requirement.Id} {cases[i]}: {requirement.Statement}");
                continue;
            }
            foreach (var name in requirement.ImpostorNames)
                yield return CreateRow(Create(i, name), $"{requirement.Id} {cases[i]}: refutes \"{name}\"");
        }

        RequirementCase Create(int index, string? impostor = null) =>
            new(Type, Member, requirement.Id, index)
            {
                Impostor = impostor,
                Device = device,
                NumberType = numberType,
                Seed = Seed,
            };
    }

    private TheoryDataRow<RequirementCase> CreateRow(RequirementCase c, string label)
    {
        string[] variants =
        [
            .. Devices.Length > 1 ? [$"{c.Device}"] : Array.Empty<string>(),
            .. NumberTypes.Length > 1 ? [$"{c.NumberType}"] : Array.Empty<string>(),
        ];
        var row = new TheoryDataRow<RequirementCase>(c)
        {
            Label = variants.Length > 0 ? $"{string.Join(", ", variants)}: {label}" : label,
        };
        row.Traits.Add("Requirement", [c.Id]);
        if (c.Device == DeviceType.CUDA) row.Traits.Add("Category", ["GPU"]);
        return row;
    }
}
