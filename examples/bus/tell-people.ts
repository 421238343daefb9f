import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { JOBPLANE_SOURCE } from '../../core/contract/bus-events.ts';
import type { DetailType } from '../../core/contract/event-details.ts';
import type { Status } from '../../core/job/status.ts';

const STATUS_CHANGED: DetailType = 'Job Status Changed';

/** Statuses in which a job waits for a person. */
const WAITS_FOR_SOMEBODY: readonly Status[] = ['TRAPPED', 'WAITING_APPROVAL'];

export interface TellPeopleProps {
  /** The private bus of the deployment: `jobplane.publishing.bus`, or by its name in another stack. */
  readonly bus: events.IEventBus;
  /** Whose jobs. */
  readonly project: string;
}

/** Tells people when a job of their project waits for them: a trap to answer, an approval to give. */
export class TellPeople extends Construct {
  /** Subscribe an address, a chat, or an on-call service to it. */
  readonly topic: sns.Topic;

  constructor(scope: Construct, id: string, { bus, project }: TellPeopleProps) {
    super(scope, id);
    this.topic = new sns.Topic(this, 'Topic', {
      displayName: `Jobplane: ${project}`,
      enforceSSL: true,
    });
    const detail = {
      job: events.EventField.fromPath('$.detail.jobId'),
      status: events.EventField.fromPath('$.detail.to'),
      reason: events.EventField.fromPath('$.detail.reason'),
    };
    new events.Rule(this, 'Rule', {
      description: `Jobs of ${project} that wait for somebody`,
      eventBus: bus,
      eventPattern: {
        source: [JOBPLANE_SOURCE],
        detailType: [STATUS_CHANGED],
        detail: { project: [project], to: [...WAITS_FOR_SOMEBODY] },
      },
      targets: [
        new targets.SnsTopic(this.topic, {
          message: events.RuleTargetInput.fromText(
            `Job ${detail.job} of ${project} is ${detail.status}: ${detail.reason}`,
          ),
        }),
      ],
    });
  }
}
