using System.Globalization;
using TorchSharp;
using TurkishLlm.Files;
using TurkishLlm.Model;
using TurkishLlm.Plans;

namespace TurkishLlm.Training.Distributed;

/// <summary>
/// Rank, world size and rendezvous address of this process, by the conventions of <c>torchrun</c> and <c>mpirun</c>.
/// </summary>
/// <param name="Rank">Number of the process, 0 … <paramref name="WorldSize"/> − 1. Rank 0 writes the run folder.</param>
/// <param name="WorldSize">Number of processes that train together.</param>
/// <param name="LocalRank">Number of the process on its machine; also the number of its CUDA device.</param>
/// <param name="LocalWorldSize">Number of processes on this machine, which share its CPU cores.</param>
/// <param name="MasterAddress">Address of the machine of rank 0.</param>
/// <param name="MasterPort">Port of the rendezvous on that machine.</param>
/// <param name="Attempt">Differs between attempts if a launcher restarts all processes at the same address.</param>
public sealed record DistributedContext(
    int Rank, int WorldSize, int LocalRank, int LocalWorldSize, string MasterAddress, int MasterPort, string Attempt)
{
    private const string DefaultPort = "29500";

    private static readonly string[] Required = ["RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"];

    /// <summary>A single process.</summary>
    public static DistributedContext SingleProcess { get; } = new(0, 1, 0, 1, "", 0, Attempt: "0");

    /// <summary>Address and port of the rendezvous.</summary>
    public string Endpoint => string.Create(CultureInfo.InvariantCulture, $"{MasterAddress}:{MasterPort}");

    /// <summary>
    /// Reads RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR, MASTER_PORT and LOCAL_WORLD_SIZE (default: all processes are on this
    /// machine). Also reads the variables of <c>mpirun</c>, for which address and port are optional if all processes are on one
    /// machine.
    /// </summary>
    /// <param name="getVariable">Returns the value of an environment variable; null if it is not set.</param>
    /// <returns><see cref="SingleProcess"/> if none is set.</returns>
    /// <exception cref="ConfigurationException">Only some variables are set, or a value is invalid.</exception>
    public static DistributedContext FromEnvironment(Func<string, string?> getVariable)
    {
        ArgumentNullException.ThrowIfNull(getVariable);
        if (!IsSet("RANK") && getVariable("OMPI_COMM_WORLD_RANK") is { Length: > 0 })
            getVariable = TranslateMpiVariables(getVariable);
        var there = Required.Where(IsSet).ToArray();
        if (there.Length == 0) return SingleProcess;
        if (there.Length < Required.Length)
            throw new ConfigurationException(
                $"The environment has {string.Join(", ", there)} but not {string.Join(", ", Required.Except(there))}. "
                + "Distributed training needs all of them, as torchrun, mpirun and `turkishllm launch` set them; "
                + "unset them to train in one process.");

        var problems = new List<ConfigurationProblem>();
        var size = Number("WORLD_SIZE", 1, int.MaxValue);
        var localSize = IsSet("LOCAL_WORLD_SIZE") ? Number("LOCAL_WORLD_SIZE", 1, size) : size;
        var (rank, localRank) = (Number("RANK", 0, size - 1), Number("LOCAL_RANK", 0, localSize - 1));
        var port = Number("MASTER_PORT", 1, ushort.MaxValue);
        ConfigurationException.ThrowIfAny(problems);

        // If the agent of torchrun listens at the port itself, use the neighboring one.
        if (getVariable("TORCHELASTIC_USE_AGENT_STORE") == "True") port += port < ushort.MaxValue ? 1 : -1;
        var attempt = getVariable("TORCHELASTIC_RESTART_COUNT") ?? "0";
        return new DistributedContext(rank, size, localRank, localSize, getVariable("MASTER_ADDR")!, port, attempt);

        bool IsSet(string name) => !string.IsNullOrEmpty(getVariable(name));

        int Number(string name, int least, int most)
        {
            var text = getVariable(name)!;
            var isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
            if (isNumber && number >= least && number <= most) return number;
            problems.Add(new(string.Create(CultureInfo.InvariantCulture,
                $"{name} in the environment is {text}; it must be a whole number, {least} … {most}.")));
            return least;
        }
    }

    // Maps the variables of mpirun to the names of torchrun.
    private static Func<string, string?> TranslateMpiVariables(Func<string, string?> variable)
    {
        var isOneMachine = variable("OMPI_COMM_WORLD_LOCAL_SIZE") == variable("OMPI_COMM_WORLD_SIZE");
        return name => name switch
        {
            "RANK" => variable("OMPI_COMM_WORLD_RANK"),
            "WORLD_SIZE" => variable("OMPI_COMM_WORLD_SIZE"),
            "LOCAL_RANK" => variable("OMPI_COMM_WORLD_LOCAL_RANK"),
            "LOCAL_WORLD_SIZE" => variable("OMPI_COMM_WORLD_LOCAL_SIZE"),
            "MASTER_ADDR" => variable(name) ?? (isOneMachine ? "127.0.0.1" : null),
            "MASTER_PORT" => variable(name) ?? (isOneMachine ? DefaultPort : null),
            _ => variable(name),
        };
    }

    /// <summary>
    /// Returns the plan with the device of this process: each process on a machine takes the device of its local rank.
    /// </summary>
    /// <exception cref="ConfigurationException">
    /// The plan names one device for all processes, or there are too few devices.
    /// </exception>
    public TrainingPlan AssignDevice(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (LocalWorldSize == 1 || TrainingDevice.Resolve(plan.Device).type != DeviceType.CUDA) return plan;
        if (plan.Device.Index > 0)
            throw new ConfigurationException(
                $"device is {plan.Device}, but {LocalWorldSize} processes share this machine and each takes one device. "
                + "Use device: cuda.");
        if (torch.cuda.device_count() is var devices && devices < LocalWorldSize)
            throw new ConfigurationException(
                $"{LocalWorldSize} processes share this machine, but it has only {Quantity.Format(devices, "CUDA device")}. "
                    + $"Use {Quantity.Format(devices, "process", "processes")}.");
        return LocalRank == 0 ? plan : plan with { Device = new DeviceChoice(DeviceKind.Cuda, LocalRank) };
    }

    /// <summary>Returns the number of CPU threads of this process: its share of the threads of the plan.</summary>
    public int GetThreadCount(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return Math.Max(1, (plan.Threads > 0 ? plan.Threads : Environment.ProcessorCount) / LocalWorldSize);
    }
}
